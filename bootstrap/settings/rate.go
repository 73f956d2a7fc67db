package settings

import (
	"errors"
	"fmt"

	"example.com/portico/ports/platform"
)

// Rate is a rate limit, written as "100/s" or "off". The burst is twice the rate.
type Rate platform.Rate

// UnmarshalText parses "N/s" or "off".
func (r *Rate) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*r = Rate{}
		return nil
	}
	var n int
	if _, err := fmt.Sscanf(string(text), "%d/s", &n); err != nil || n < 1 || fmt.Sprintf("%d/s", n) != string(text) {
		return errors.New(`want a number of requests such as "100/s", or "off"`)
	}
	*r = Rate{PerSecond: n, Burst: 2 * n}
	return nil
}

func (r Rate) String() string {
	if r == (Rate{}) {
		return "off"
	}
	return fmt.Sprintf("%d/s", r.PerSecond)
}
