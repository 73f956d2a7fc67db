package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// giveUp makes a dead letter of a delivery.
func (b *Broker) giveUp(subscription string, d delivery, reason error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lettered++
	b.letters = append(b.letters, platform.DeadLetter{
		ID:           fmt.Sprintf("%012d", b.lettered),
		Subscription: subscription,
		Event:        d.event,
		Reason:       reason.Error(),
		Attempts:     d.attempts,
		At:           time.Now().UTC().Truncate(time.Microsecond),
	})
}

// List is as platform.DeadLetters says.
func (b *Broker) List(ctx context.Context, after string, limit int) ([]platform.DeadLetter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	first := slices.IndexFunc(b.letters, func(l platform.DeadLetter) bool { return l.ID > after })
	if first < 0 {
		return nil, nil
	}
	return slices.Clone(b.letters[first:min(first+limit, len(b.letters))]), nil
}

// Get is as platform.DeadLetters says.
func (b *Broker) Get(ctx context.Context, id string) (platform.DeadLetter, error) {
	return b.letter(ctx, id, func(int) {})
}

// Replay is as platform.DeadLetters says.
func (b *Broker) Replay(ctx context.Context, id string) error {
	letter, err := b.letter(ctx, id, b.remove)
	if err != nil {
		return err
	}
	b.queues[letter.Subscription].put(delivery{event: letter.Event})
	return nil
}

// Discard is as platform.DeadLetters says.
func (b *Broker) Discard(ctx context.Context, id string) error {
	_, err := b.letter(ctx, id, b.remove)
	return err
}

// letter finds a dead letter and does something at its place.
func (b *Broker) letter(ctx context.Context, id string, do func(place int)) (platform.DeadLetter, error) {
	if err := ctx.Err(); err != nil {
		return platform.DeadLetter{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	place := slices.IndexFunc(b.letters, func(l platform.DeadLetter) bool { return l.ID == id })
	if place < 0 {
		return platform.DeadLetter{}, fmt.Errorf("dead letter %q: %w", id, ports.ErrNotFound)
	}
	letter := b.letters[place]
	do(place)
	return letter, nil
}

func (b *Broker) remove(place int) { b.letters = slices.Delete(b.letters, place, place+1) }
