package invitation

import "fmt"

// Status is StatusPending, StatusAccepted or StatusExpired.
type Status struct{ name string }

// A pending invitation becomes accepted or expired.
var (
	StatusPending  = Status{"pending"}
	StatusAccepted = Status{"accepted"}
	StatusExpired  = Status{"expired"}
)

// ParseStatus returns the status whose String method returns name.
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{StatusPending, StatusAccepted, StatusExpired} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("invitation: unknown status %q", name)
}

func (s Status) String() string { return s.name }
