package rabbitmq

import (
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/ports/platform"
)

// The headers of messages. The broker does not understand them.
const (
	correlationHeader  = "correlation-id"
	attemptsHeader     = "attempts" // that failed; absent before the first has
	reasonHeader       = "reason"
	givenUpHeader      = "given-up-at"
	subscriptionHeader = "subscription"
)

// maxReason is how many bytes of an error a dead letter keeps: all headers
// together have to fit into one frame.
const maxReason = 2000

// parcel is a message and where it goes.
type parcel struct {
	exchange, key string
	// mandatory makes it an error that no queue takes the message.
	mandatory bool
	message   amqp.Publishing
}

func messageOf(e platform.Event) (amqp.Publishing, error) {
	body, err := events.Encode(e)
	if err != nil {
		return amqp.Publishing{}, err
	}
	return amqp.Publishing{
		MessageId: string(e.ID), Type: e.Type, Timestamp: e.OccurredAt,
		ContentType: "application/json", DeliveryMode: amqp.Persistent,
		Headers: amqp.Table{correlationHeader: e.CorrelationID}, Body: body,
	}, nil
}

// parcelFor sends what was delivered to one queue, with further headers.
func parcelFor(queue string, d amqp.Delivery, headers amqp.Table) parcel {
	if id, ok := d.Headers[correlationHeader]; ok {
		headers[correlationHeader] = id
	}
	return parcel{key: queue, mandatory: true, message: amqp.Publishing{
		MessageId: d.MessageId, Type: d.Type, Timestamp: d.Timestamp,
		ContentType: d.ContentType, DeliveryMode: amqp.Persistent,
		Headers: headers, Body: d.Body,
	}}
}

func retryOf(queue string, d amqp.Delivery, attempts int) parcel {
	return parcelFor(queue, d, amqp.Table{attemptsHeader: int32(attempts)})
}

func deadLetterOf(queue, subscription string, d amqp.Delivery, attempts int, reason error, now time.Time) parcel {
	text := reason.Error()
	return parcelFor(queue, d, amqp.Table{
		attemptsHeader:     int32(attempts),
		reasonHeader:       strings.ToValidUTF8(text[:min(len(text), maxReason)], ""),
		givenUpHeader:      now.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano),
		subscriptionHeader: subscription,
	})
}

func attemptsOf(d amqp.Delivery) int {
	n, _ := d.Headers[attemptsHeader].(int32)
	return int(n)
}
