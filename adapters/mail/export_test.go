package mail

import "time"

// SetTimeout sets the time limit for sending a message.
func (s *SMTP) SetTimeout(d time.Duration) { s.timeout = d }
