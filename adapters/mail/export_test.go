package mail

import "time"

// Hurry makes s give up sooner.
func (s *SMTP) Hurry(within time.Duration) { s.within = within }
