-- Changes nothing: a SQLite file has no roles, and one process owns it. The
-- migration exists so that a version means the same in both databases.

-- +goose Up

-- +goose Down
