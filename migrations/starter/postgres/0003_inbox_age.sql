-- The time of a receipt, so that old ones can be removed. Receipts from before this
-- migration count as new. The default is for processes of the previous version, which
-- do not set the column.

-- +goose Up
ALTER TABLE inbox ADD COLUMN received_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX inbox_by_age ON inbox (received_at);

-- +goose Down
DROP INDEX inbox_by_age;
ALTER TABLE inbox DROP COLUMN received_at;
