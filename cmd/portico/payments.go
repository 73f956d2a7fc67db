package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"time"

	"example.com/portico/bootstrap/cli"
	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
)

type paymentsCommand struct {
	List    listPayments   `cmd:"" help:"List the payments whose outcome is overdue, oldest first."`
	Show    showPayment    `cmd:"" help:"Show a booking, and what the gateway knows about its charge."`
	Confirm confirmPayment `cmd:"" help:"Confirm a booking whose charge you have seen at the gateway."`
	Refund  refundPayment  `cmd:"" help:"End a payment without a sale, and refund its charge if the gateway has one."`
}

func (paymentsCommand) Help() string {
	return `A payment is overdue when it has no outcome after PORTICO_PAY_WITHIN. The service then asks the gateway every few seconds. If the gateway never gives a usable answer, the booking keeps its seats until an operator ends the payment. The audit log records what operators do: see portico audit list.

Examples:

  portico payments list

  portico payments show ID

  portico payments confirm ID --reason "charged, as the gateway's console shows"

  portico payments refund ID --reason "the gateway lost the charge"`
}

type listPayments struct{}

func (listPayments) Run(ctx context.Context, p *cli.Program) error {
	return withPayments(ctx, p, func(ctx context.Context, uc inbound.OperatorUseCases) (err error) {
		overdue, err := uc.ListOverduePayments.Handle(ctx, inbound.ListOverduePayments{})
		if err != nil {
			return err
		}
		out, flush := p.Table("ID", "SHOW", "CUSTOMER", "AMOUNT", "ATTEMPT", "SINCE")
		defer func() { err = errors.Join(err, flush()) }()
		for _, b := range overdue {
			_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%s\n", b.ID(), b.Show(), cli.OneLine(string(b.Customer())),
				b.Total(), b.Attempt(), b.PayingSince().Format(time.RFC3339))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

type showPayment struct {
	ID string `arg:"" help:"The booking, as list prints it."`
}

func (c showPayment) Run(ctx context.Context, p *cli.Program) error {
	return withPayments(ctx, p, func(ctx context.Context, uc inbound.OperatorUseCases) error {
		inspected, err := uc.InspectPayment.Handle(ctx, inbound.InspectPayment{Booking: booking.ID(c.ID)})
		if err != nil {
			return err
		}
		gateway := map[string]any{"chargeKey": inspected.Booking.ChargeKey()}
		if inspected.LookupError != nil {
			gateway["error"] = inspected.LookupError.Error()
		} else {
			gateway["outcome"] = inspected.Outcome
		}
		b := inspected.Booking
		out := json.NewEncoder(p.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{
			"id": b.ID(), "show": b.Show(), "customer": b.Customer(), "seats": b.Labels(), "amount": b.Total().String(),
			"status": b.Status().String(), "attempt": b.Attempt(), "since": b.PayingSince(), "heldUntil": b.HeldUntil(),
			"gateway": gateway,
		})
	})
}

type confirmPayment struct {
	ID string `arg:"" help:"The booking, as list prints it."`
	operatorFlags
}

func (c confirmPayment) Run(ctx context.Context, p *cli.Program) error {
	return c.end(ctx, p, func(ctx context.Context, uc inbound.OperatorUseCases, by inbound.Operator) (*booking.Booking, error) {
		return uc.ConfirmPayment.Handle(ctx, inbound.ConfirmPayment{Booking: booking.ID(c.ID), By: by})
	})
}

type refundPayment struct {
	ID string `arg:"" help:"The booking, as list prints it."`
	operatorFlags
}

func (c refundPayment) Run(ctx context.Context, p *cli.Program) error {
	return c.end(ctx, p, func(ctx context.Context, uc inbound.OperatorUseCases, by inbound.Operator) (*booking.Booking, error) {
		b, err := uc.GiveUpPayment.Handle(ctx, inbound.GiveUpPayment{Booking: booking.ID(c.ID), By: by})
		if err == nil {
			fmt.Fprintf(p.Stderr, "The worker refunds charge %s if the gateway has it, and retries until the gateway answers.\n", b.ChargeKey())
		}
		return b, err
	})
}

// operatorFlags say who ends a payment, and why.
type operatorFlags struct {
	Reason   string `required:"" help:"Why, for the audit log." placeholder:"TEXT"`
	Operator string `help:"Your name, for the audit log; your user name on this machine unless given." placeholder:"NAME"`
}

func (f operatorFlags) end(ctx context.Context, p *cli.Program, do func(context.Context, inbound.OperatorUseCases, inbound.Operator) (*booking.Booking, error)) error {
	if f.Operator == "" {
		current, err := user.Current()
		if err != nil {
			return fmt.Errorf("unknown user name; give your name with --operator: %w", err)
		}
		f.Operator = current.Username
	}
	return withPayments(ctx, p, func(ctx context.Context, uc inbound.OperatorUseCases) error {
		b, err := do(ctx, uc, inbound.Operator{Name: f.Operator, Reason: f.Reason})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "booking %s is %s\n", b.ID(), b.Status())
		return err
	})
}

func withPayments(ctx context.Context, p *cli.Program, work func(context.Context, inbound.OperatorUseCases) error) (err error) {
	profile, err := load(p.Environ)
	if err != nil {
		return err
	}
	useCases, closeAll, err := profile.OpenOperators(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	return work(ctx, useCases)
}
