package booking

import "time"

func (b *Booking) LapsedNow() bool { return b.Lapsed(time.Now()) }
