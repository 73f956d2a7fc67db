package platform

import (
	"context"
	"time"
)

// AuditRecord describes an action of an operator.
type AuditRecord struct {
	// Position orders the records. The log sets it.
	Position int64
	At       time.Time
	Operator string // the name that the operator gave
	Command  string // the name of the use case: "ConfirmPayment"
	Subject  string // the id of the aggregate
	Detail   string // what else identifies the action: "attempt 2"
	Reason   string // as the operator gave it
}

// AuditLog records the actions of operators. Records are never changed or removed.
// Durable and shared.
type AuditLog interface {
	// Append adds a record. In a unit of work, the record is committed together with the
	// other changes.
	Append(ctx context.Context, r AuditRecord) error
	// List returns up to limit records in ascending order of position. To get the next
	// page, pass the last position of this page.
	List(ctx context.Context, after int64, limit int) ([]AuditRecord, error)
}
