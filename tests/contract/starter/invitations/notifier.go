package invitations

import (
	"testing"

	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports/starter/outbound"
	"example.com/portico/tests/testkit"
)

// Mailbox holds a notifier and the messages that it sent. It starts empty.
type Mailbox struct {
	Notifier outbound.Notifier
	// Messages returns the messages that have arrived, in any order. It may omit
	// duplicates with the same id.
	Messages func() []Message
}

// Message is an email with an invitation.
type Message struct {
	ID string
	To string // the address alone
}

// RunNotifier checks an [outbound.Notifier].
func RunNotifier(t *testing.T, open func(t *testing.T) Mailbox) {
	run := func(name string, test func(t *testing.T, m Mailbox)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	run("sends an invitation to its address", func(t *testing.T, m Mailbox) {
		testkit.Must(t, m.Notifier.SendInvitation(t.Context(), newInvitation(t, "globe", "gus@example.com")))
		messages := m.Messages()
		if len(messages) != 1 || messages[0].To != "gus@example.com" || messages[0].ID == "" {
			t.Errorf("got messages %v, want one with an id to gus@example.com", messages)
		}
	})

	run("uses one message id for each invitation", func(t *testing.T, m Mailbox) {
		first, second := newInvitation(t, "globe", "gus@example.com"), newInvitation(t, "rose", "gus@example.com")
		for _, i := range []*invitation.Invitation{first, first, second} {
			testkit.Must(t, m.Notifier.SendInvitation(t.Context(), i))
		}
		ids := map[string]bool{}
		for _, message := range m.Messages() {
			ids[message.ID] = true
		}
		testkit.WantEqual(t, "number of message ids", len(ids), 2)
	})

	run("sends nothing if the context is already cancelled", func(t *testing.T, m Mailbox) {
		ctx := testkit.CancelledContext(t)
		testkit.WantError(t, m.Notifier.SendInvitation(ctx, newInvitation(t, "globe", "gus@example.com")), ctx.Err())
		testkit.WantEqual(t, "number of messages", len(m.Messages()), 0)
	})
}
