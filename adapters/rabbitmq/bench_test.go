package rabbitmq_test

import (
	"slices"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/tests/integration/servers"
)

// BenchmarkPublish compares Publish with the bare client that publishes the
// same bodies, in batches as a relay has them and in turns. The raw client
// encodes nothing, looks at nothing that comes back, and confirms as much.
func BenchmarkPublish(b *testing.B) {
	const batch = 200
	at := servers.RabbitMQ(b)
	broker, ch := open(b, at), rawChannel(b, at)
	must(b, ch.Confirm(false))
	published := newEvents(batch)
	bodies := make([][]byte, batch)
	for i, e := range published {
		body, err := events.Encode(e)
		must(b, err)
		bodies[i] = body
	}
	raw := func() {
		confirmations := make([]*amqp.DeferredConfirmation, batch)
		for i, body := range bodies {
			var err error
			confirmations[i], err = ch.PublishWithDeferredConfirm("test.events", "show.opened", false, false,
				amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body})
			must(b, err)
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
		ours = append(ours, timed(func() { must(b, broker.Publish(b.Context(), published)) }))
		if oursFirst {
			theirs = append(theirs, timed(raw))
		}
		// A queue that grows would slow later batches down.
		_, err := ch.QueuePurge("test.posters", false)
		must(b, err)
	}
	rate := func(took []time.Duration) float64 {
		slices.Sort(took)
		return batch / took[len(took)/2].Seconds()
	}
	b.ReportMetric(rate(ours), "events/s")
	b.ReportMetric(rate(theirs), "raw-events/s")
	b.ReportMetric(rate(ours)/rate(theirs), "ratio")
	b.ReportMetric(0, "ns/op") // which would be of both
}

func timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}
