package mail

import "time"

// SetTimeout changes how long sending a message may take.
func (s *SMTP) SetTimeout(d time.Duration) { s.timeout = d }
