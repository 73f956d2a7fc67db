package rows

type freeSeats struct{}
