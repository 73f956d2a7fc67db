package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type auditCommand struct {
	List listAudit `cmd:"" help:"List all records, oldest first."`
}

func (auditCommand) Help() string {
	return "Examples:\n\n  portico audit list"
}

type listAudit struct{}

func (listAudit) Run(ctx context.Context, p *program) (err error) {
	c, err := p.config()
	if err != nil {
		return err
	}
	_, audit, closeAll, err := openOperators(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	out, flush := p.table("AT", "OPERATOR", "COMMAND", "SUBJECT", "DETAIL", "REASON")
	defer func() { err = errors.Join(err, flush()) }()
	const page = 100
	for after := int64(0); ; {
		records, err := audit.List(ctx, after, page)
		if err != nil {
			return err
		}
		for _, r := range records {
			_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r.At.Format(time.RFC3339),
				oneLine(r.Operator), r.Command, r.Subject, r.Detail, oneLine(r.Reason))
			if err != nil {
				return err
			}
			after = r.Position
		}
		if len(records) < page {
			return nil
		}
	}
}
