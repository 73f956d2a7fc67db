package sqlstore

import (
	"context"
	"fmt"

	"example.com/portico/ports/platform"
)

// AuditLog implements [platform.AuditLog] with the table audit_log.
type AuditLog struct {
	Reader func() Conn
	// Write calls the function work, which executes one statement.
	Write func(ctx context.Context, work func(Conn) error) error
}

// auditRecord is a row of the table audit_log.
type auditRecord struct {
	Position int64  `db:"position"`
	At       Time   `db:"at"`
	Operator string `db:"operator"`
	Command  string `db:"command"`
	Subject  string `db:"subject"`
	Detail   string `db:"detail"`
	Reason   string `db:"reason"`
}

func (l AuditLog) Append(ctx context.Context, r platform.AuditRecord) error {
	err := l.Write(ctx, func(c Conn) error {
		_, err := c.Exec(ctx, `
			INSERT INTO audit_log (at, operator, command, subject, detail, reason) VALUES ($1, $2, $3, $4, $5, $6)`,
			TimeOf(r.At), r.Operator, r.Command, r.Subject, r.Detail, r.Reason)
		return err
	})
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}

func (l AuditLog) List(ctx context.Context, after int64, limit int) ([]platform.AuditRecord, error) {
	var rows []auditRecord
	err := l.Reader().SelectAll(ctx, &rows, `
		SELECT position, at, operator, command, subject, detail, reason
		FROM audit_log WHERE position > $1 ORDER BY position LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	records := make([]platform.AuditRecord, len(rows))
	for i, r := range rows {
		records[i] = platform.AuditRecord{
			Position: r.Position, At: r.At.Time, Operator: r.Operator, Command: r.Command,
			Subject: r.Subject, Detail: r.Detail, Reason: r.Reason,
		}
	}
	return records, nil
}
