package sqlstore

// Signal wakes one receiver. It holds one token, however often it was notified
// since it was last received from.
type Signal chan struct{}

// NewSignal makes a signal without a token.
func NewSignal() Signal { return make(Signal, 1) }

// Notify never blocks.
func (s Signal) Notify() {
	select {
	case s <- struct{}{}:
	default: // the token is there already
	}
}
