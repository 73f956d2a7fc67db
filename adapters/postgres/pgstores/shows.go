package pgstores

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

var showColumns = sqlstore.ColumnsOf[rows.Show]()

type shows struct{ postgres.Session }

func (r shows) Add(ctx context.Context, s *show.Show) error {
	row, err := rows.FromShow(s)
	if err != nil {
		return err
	}
	return r.Write(ctx, func(c sqlstore.Conn) error {
		err := c.NamedExec(ctx, `
			INSERT INTO shows (`+showColumns.List+`)
			VALUES (`+showColumns.Named+`)`, row)
		if err != nil {
			return fmt.Errorf("add show %s: %w", s.ID(), err)
		}
		return r.StoreEvents(ctx, c, string(s.ID()), s.Events())
	})
}

func (r shows) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	return loadShow(ctx, r.Reader(), `SELECT `+showColumns.List+` FROM shows WHERE id = $1`, id)
}

func loadShow(ctx context.Context, c sqlstore.Conn, query string, id show.ID) (*show.Show, error) {
	var row rows.Show
	if err := c.GetOne(ctx, &row, query, id); err != nil {
		return nil, fmt.Errorf("show %s: %w", id, err)
	}
	return row.ToDomain()
}

func (r shows) Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*show.Show, error) {
		// NO KEY does not block buyers meanwhile.
		s, err := loadShow(ctx, c, `SELECT `+showColumns.List+` FROM shows WHERE id = $1 FOR NO KEY UPDATE`, id)
		if err != nil {
			return nil, err
		}
		if err := change(s); err != nil {
			return nil, err
		}
		row, err := rows.FromShow(s)
		if err != nil {
			return nil, err
		}
		// A show's other columns never change.
		if err := c.NamedExec(ctx, `UPDATE shows SET status = :status WHERE id = :id`, row); err != nil {
			return nil, fmt.Errorf("update show %s: %w", id, err)
		}
		if err := r.StoreEvents(ctx, c, string(id), s.Events()); err != nil {
			return nil, err
		}
		return show.Rehydrate(s.Snapshot())
	})
}

func (r shows) List(ctx context.Context, q outbound.ShowQuery) ([]*show.Show, error) {
	var page []rows.Show
	err := r.Reader().SelectAll(ctx, &page, `
		SELECT `+showColumns.List+` FROM shows
		WHERE (status <> 'draft' OR organisation = nullif($1, ''))
			AND ($2 = '' OR strpos(lower(title COLLATE "C"), lower($2 COLLATE "C")) > 0 OR strpos(lower(venue COLLATE "C"), lower($2 COLLATE "C")) > 0)
			AND ($3 = '' OR id < $3)
		ORDER BY id DESC LIMIT $4`,
		q.DraftsOf, q.Text, q.After, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("list shows: %w", err)
	}
	return sqlstore.MapRows(page, rows.Show.ToDomain)
}
