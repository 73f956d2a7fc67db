package show

type Seat struct {
	Label string `json:"label"`
}
