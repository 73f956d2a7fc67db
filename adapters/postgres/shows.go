package postgres

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

const showColumns = `id, organisation, title, venue, starts_at, currency, tiers, seat_rows, status, created_at`

type shows struct{ session }

func (r shows) Add(ctx context.Context, s *show.Show) error {
	row, err := rows.OfShow(s)
	if err != nil {
		return err
	}
	return r.write(ctx, func(c conn) error {
		err := c.put(ctx, `
			INSERT INTO shows (`+showColumns+`)
			VALUES (:id, :organisation, :title, :venue, :starts_at, :currency, :tiers, :seat_rows, :status, :created_at)`, row)
		if err != nil {
			return fmt.Errorf("add show %s: %w", s.ID(), err)
		}
		return storeEvents(ctx, c, events.Seal(ctx, string(s.ID()), s.Events()))
	})
}

func (r shows) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	return loadShow(ctx, r.reader(), `SELECT `+showColumns+` FROM shows WHERE id = $1`, id)
}

func loadShow(ctx context.Context, c conn, query string, id show.ID) (*show.Show, error) {
	var row rows.Show
	if err := c.get(ctx, &row, query, id); err != nil {
		return nil, fmt.Errorf("show %s: %w", id, err)
	}
	return row.Show()
}

func (r shows) Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error) {
	return returning(ctx, r, func(c conn) (*show.Show, error) {
		// NO KEY lets buyers go on meanwhile.
		s, err := loadShow(ctx, c, `SELECT `+showColumns+` FROM shows WHERE id = $1 FOR NO KEY UPDATE`, id)
		if err != nil {
			return nil, err
		}
		if err := change(s); err != nil {
			return nil, err
		}
		row, err := rows.OfShow(s)
		if err != nil {
			return nil, err
		}
		// All else stays as it was made.
		if err := c.put(ctx, `UPDATE shows SET status = :status WHERE id = :id`, row); err != nil {
			return nil, fmt.Errorf("update show %s: %w", id, err)
		}
		if err := storeEvents(ctx, c, events.Seal(ctx, string(id), s.Events())); err != nil {
			return nil, err
		}
		return row.Show()
	})
}

func (r shows) List(ctx context.Context, q outbound.ShowQuery) ([]*show.Show, error) {
	var page []rows.Show
	err := r.reader().list(ctx, &page, `
		SELECT `+showColumns+` FROM shows
		WHERE (status <> 'draft' OR organisation = nullif($1, ''))
			AND ($2 = '' OR strpos(lower(title COLLATE "C"), lower($2 COLLATE "C")) > 0 OR strpos(lower(venue COLLATE "C"), lower($2 COLLATE "C")) > 0)
			AND ($3 = '' OR id < $3)
		ORDER BY id DESC LIMIT $4`,
		q.DraftsOf, q.Text, q.After, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("list shows: %w", err)
	}
	return each(page, rows.Show.Show)
}
