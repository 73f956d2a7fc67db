package memory_test

import (
	"testing"

	"example.com/portico/adapters/memory"
	"example.com/portico/tests/contract"
)

func TestNotifier(t *testing.T) {
	contract.RunNotifier(t, func(*testing.T) contract.Mailbox {
		n := &memory.Notifier{}
		return contract.Mailbox{Notifier: n, Messages: func() []contract.Message {
			var messages []contract.Message
			for _, m := range n.Sent() {
				messages = append(messages, contract.Message(m))
			}
			return messages
		}}
	})
}
