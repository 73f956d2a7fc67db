package sqlitestores

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

var showColumns = sqlstore.ColumnsOf[rows.Show]()

type shows struct{ sqlite.Session }

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
	return loadShow(ctx, r.Reader(), id)
}

func loadShow(ctx context.Context, c sqlstore.Conn, id show.ID) (*show.Show, error) {
	var row rows.Show
	if err := c.GetOne(ctx, &row, `SELECT `+showColumns.List+` FROM shows WHERE id = ?`, id); err != nil {
		return nil, fmt.Errorf("show %s: %w", id, err)
	}
	return row.ToDomain()
}

func (r shows) Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*show.Show, error) {
		s, err := loadShow(ctx, c, id)
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
		WHERE (status <> 'draft' OR organisation = nullif(?, ''))
			AND (? = '' OR instr(lower(title), lower(?)) > 0 OR instr(lower(venue), lower(?)) > 0)
			AND (? = '' OR id < ?)
		ORDER BY id DESC LIMIT ?`,
		q.DraftsOf, q.Text, q.Text, q.Text, q.After, q.After, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("list shows: %w", err)
	}
	return sqlstore.MapRows(page, rows.Show.ToDomain)
}
