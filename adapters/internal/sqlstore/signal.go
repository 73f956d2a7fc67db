package sqlstore

// Signal wakes one receiver. It holds at most one token, however often Notify is called.
type Signal chan struct{}

// NewSignal makes a signal without a token.
func NewSignal() Signal { return make(Signal, 1) }

// Notify never blocks.
func (s Signal) Notify() {
	select {
	case s <- struct{}{}:
	default: // the signal already holds a token
	}
}
