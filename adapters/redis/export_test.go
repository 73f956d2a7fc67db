package redis

import "time"

// OpenForTests makes a client that has time for a machine that stands still now
// and then.
func OpenForTests(url string) (*Client, error) { return open(url, 30*time.Second) }

// ForTests has time for the same.
func (m *SeatMaps) ForTests() *SeatMaps {
	m.cache.shelfLife, m.cache.longestWait = time.Minute, time.Minute
	return m
}
