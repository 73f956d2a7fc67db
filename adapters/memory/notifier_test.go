package memory_test

import (
	"testing"

	"example.com/portico/adapters/memory"
	"example.com/portico/tests/contract/boxoffice"
)

func TestNotifier(t *testing.T) {
	boxoffice.RunNotifier(t, func(*testing.T) boxoffice.Mailbox {
		n := &memory.Notifier{}
		return boxoffice.Mailbox{Notifier: n, Messages: func() []boxoffice.Message {
			var messages []boxoffice.Message
			for _, m := range n.Sent() {
				messages = append(messages, boxoffice.Message(m))
			}
			return messages
		}}
	})
}
