package rabbitmq_test

import (
	"slices"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

// BenchmarkPublish compares alternating runs of Publish and the bare client. Both publish
// the same events in the same batches. The bare client encodes nothing and does not
// detect unroutable messages, but waits for the same confirmations.
func BenchmarkPublish(b *testing.B) {
	const batch = 200
	at := servers.RabbitMQ(b)
	broker, ch := open(b, at), rawChannel(b, at)
	testkit.Must(b, ch.Confirm(false))
	published := newEvents(batch)
	bodies := make([][]byte, batch)
	for i, e := range published {
		body, err := contract.Notes{}.Encode(e)
		testkit.Must(b, err)
		bodies[i] = body
	}
	raw := func() {
		confirmations := make([]*amqp.DeferredConfirmation, batch)
		for i, body := range bodies {
			var err error
			confirmations[i], err = ch.PublishWithDeferredConfirm("test.events", "note.noted", false, false,
				amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body})
			testkit.Must(b, err)
		}
		for _, c := range confirmations {
			if !c.Wait() {
				b.Fatal("not confirmed")
			}
		}
	}
	var ours, theirs []time.Duration
	for b.Loop() {
		oursFirst := len(ours)%2 == 0
		if !oursFirst {
			theirs = append(theirs, timed(raw))
		}
		ours = append(ours, timed(func() { testkit.Must(b, broker.Publish(b.Context(), published)) }))
		if oursFirst {
			theirs = append(theirs, timed(raw))
		}
		// A growing queue would slow down later batches.
		_, err := ch.QueuePurge("test.notes", false)
		testkit.Must(b, err)
	}
	rate := func(took []time.Duration) float64 {
		slices.Sort(took)
		return batch / took[len(took)/2].Seconds()
	}
	b.ReportMetric(rate(ours), "events/s")
	b.ReportMetric(rate(theirs), "raw-events/s")
	b.ReportMetric(rate(ours)/rate(theirs), "ratio")
	b.ReportMetric(0, "ns/op") // hides ns/op, which would cover both clients
}

func timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}
