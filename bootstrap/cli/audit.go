package cli

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
	return "Examples:\n\n  {program} audit list"
}

type listAudit struct{}

func (listAudit) Run(ctx context.Context, p *Program) (err error) {
	profile, err := p.Load(p.Environ)
	if err != nil {
		return err
	}
	audit, closeIt, err := profile.OpenAuditLog(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	out, flush := p.Table("AT", "OPERATOR", "COMMAND", "SUBJECT", "DETAIL", "REASON")
	defer func() { err = errors.Join(err, flush()) }()
	const page = 100
	for after := int64(0); ; {
		records, err := audit.List(ctx, after, page)
		if err != nil {
			return err
		}
		for _, r := range records {
			_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r.At.Format(time.RFC3339),
				OneLine(r.Operator), r.Command, r.Subject, r.Detail, OneLine(r.Reason))
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
