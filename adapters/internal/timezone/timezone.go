// Package timezone loads time zones by name.
package timezone

import (
	"fmt"
	"regexp"
	"sync"
	"time"
)

// ianaName matches the IANA names of time zones. It excludes other files in the zone
// directory, such as localtime and right/UTC, and alternative spellings of a path. So a
// name means the same on every machine, and the cache cannot grow without limit.
var ianaName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

var loaded sync.Map // *time.Location by name

// Load returns the zone with the given IANA name, such as Europe/London. Equal names give
// the same pointer. An empty name means UTC. Load refuses the name Local.
func Load(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if zone, ok := loaded.Load(name); ok {
		return zone.(*time.Location), nil
	}
	if name == "Local" || !ianaName.MatchString(name) {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q: %w", name, err)
	}
	first, _ := loaded.LoadOrStore(name, zone)
	return first.(*time.Location), nil
}
