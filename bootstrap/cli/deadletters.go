package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

type deadLettersCommand struct {
	List    listLetters   `cmd:"" help:"List all, oldest first."`
	Print   printLetter   `cmd:"" name:"show" help:"Show one with its reason."`
	Replay  replayLetters `cmd:"" help:"Return events to their subscription."`
	Discard discardLetter `cmd:"" help:"Remove one for good."`
}

func (deadLettersCommand) Help() string {
	return `A dead letter is an event that a subscription failed to handle, in all its attempts or permanently. Replay it when the cause is fixed. Within 90 days of the event, a replay repeats no effect that the event had before, except a mail; discard older ones.

Examples:

  {program} deadletters list

  {program} deadletters show ID

  {program} deadletters replay ID

  {program} deadletters replay --all`
}

type listLetters struct{}

func (listLetters) Run(ctx context.Context, p *Program) error {
	return withDeadLetters(ctx, p, func(ctx context.Context, letters platform.DeadLetters) (err error) {
		out, flush := p.Table("ID", "SUBSCRIPTION", "TYPE", "ATTEMPTS", "SINCE", "REASON")
		defer func() { err = errors.Join(err, flush()) }()
		return eachLetter(ctx, letters, func(l platform.DeadLetter) error {
			_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%s\n", l.ID, l.Subscription, l.Event.Type, l.Attempts,
				l.At.Format(time.RFC3339), OneLine(l.Reason))
			return err
		})
	})
}

type printLetter struct {
	ID string `arg:"" help:"As list prints it."`
}

// Run omits the event's body, because the body may contain a payment token.
func (c printLetter) Run(ctx context.Context, p *Program) error {
	return withDeadLetters(ctx, p, func(ctx context.Context, letters platform.DeadLetters) error {
		l, err := letters.Get(ctx, c.ID)
		if err != nil {
			return err
		}
		out := json.NewEncoder(p.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{
			"id": l.ID, "subscription": l.Subscription, "reason": l.Reason, "attempts": l.Attempts, "at": l.At,
			"event": map[string]any{
				"id": l.Event.ID, "type": l.Event.Type, "aggregate": l.Event.Aggregate,
				"occurredAt": l.Event.OccurredAt, "correlationId": l.Event.CorrelationID,
			},
		})
	})
}

type replayLetters struct {
	ID  string `arg:"" optional:"" help:"As list prints it."`
	All bool   `help:"Replay all."`
}

func (c replayLetters) Run(ctx context.Context, p *Program) error {
	if (c.ID == "") != c.All {
		return fmt.Errorf("name one dead letter, or --all")
	}
	return withDeadLetters(ctx, p, func(ctx context.Context, letters platform.DeadLetters) error {
		if !c.All {
			return letters.Replay(ctx, c.ID)
		}
		replayed := 0
		err := eachLetter(ctx, letters, func(l platform.DeadLetter) error {
			err := letters.Replay(ctx, l.ID)
			switch {
			case errors.Is(err, ports.ErrNotFound): // another operator handled it
				return nil
			case err == nil:
				replayed++
			}
			return err
		})
		fmt.Fprintf(p.Stderr, "%d replayed\n", replayed)
		return err
	})
}

type discardLetter struct {
	ID string `arg:"" help:"As list prints it."`
}

func (c discardLetter) Run(ctx context.Context, p *Program) error {
	return withDeadLetters(ctx, p, func(ctx context.Context, letters platform.DeadLetters) error {
		return letters.Discard(ctx, c.ID)
	})
}

func withDeadLetters(ctx context.Context, p *Program, work func(context.Context, platform.DeadLetters) error) (err error) {
	profile, err := p.Load(p.Environ)
	if err != nil {
		return err
	}
	letters, closeThem, err := profile.OpenDeadLetters(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeThem()) }()
	return work(ctx, letters)
}

func eachLetter(ctx context.Context, letters platform.DeadLetters, do func(platform.DeadLetter) error) error {
	const page = 100
	for after := ""; ; {
		some, err := letters.List(ctx, after, page)
		if err != nil {
			return err
		}
		for _, l := range some {
			if err := do(l); err != nil {
				return err
			}
			after = l.ID
		}
		if len(some) < page {
			return nil
		}
	}
}
