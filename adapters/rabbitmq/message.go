package rabbitmq

import (
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/ports/platform"
)

// Headers of messages. The broker ignores them.
const (
	correlationHeader  = "correlation-id"
	attemptsHeader     = "attempts" // failed attempts; absent before the first failure
	reasonHeader       = "reason"
	givenUpHeader      = "given-up-at"
	subscriptionHeader = "subscription"
)

type outgoing struct {
	exchange, key string
	// mandatory makes send fail if no queue receives the message.
	mandatory bool
	message   amqp.Publishing
}

func messageOf(codec platform.EventCodec, e platform.Event) (amqp.Publishing, error) {
	body, err := codec.Encode(e)
	if err != nil {
		return amqp.Publishing{}, err
	}
	return amqp.Publishing{
		MessageId: string(e.ID), Type: e.Type, Timestamp: e.OccurredAt,
		ContentType: "application/json", DeliveryMode: amqp.Persistent,
		Headers: amqp.Table{correlationHeader: e.CorrelationID}, Body: body,
	}, nil
}

// forward copies a delivery into a message for a queue. The message has the given headers
// and the delivery's correlation id.
func forward(queue string, d amqp.Delivery, headers amqp.Table) outgoing {
	if id, ok := d.Headers[correlationHeader]; ok {
		headers[correlationHeader] = id
	}
	return outgoing{key: queue, mandatory: true, message: amqp.Publishing{
		MessageId: d.MessageId, Type: d.Type, Timestamp: d.Timestamp,
		ContentType: d.ContentType, DeliveryMode: amqp.Persistent,
		Headers: headers, Body: d.Body,
	}}
}

func deadLetterFor(queue, subscription string, d amqp.Delivery, attempts int, reason error, now time.Time) outgoing {
	return forward(queue, d, amqp.Table{
		attemptsHeader:     int32(attempts),
		reasonHeader:       delivery.Reason(reason),
		givenUpHeader:      now.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano),
		subscriptionHeader: subscription,
	})
}

func attemptsOf(d amqp.Delivery) int {
	n, _ := d.Headers[attemptsHeader].(int32)
	return int(n)
}
