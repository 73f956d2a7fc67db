-- The time of a receipt, so that old ones can be removed. Receipts from before this
-- migration count as new.

-- +goose Up
ALTER TABLE inbox ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0;
UPDATE inbox SET received_at = unixepoch() * 1000000;
CREATE INDEX inbox_by_age ON inbox (received_at);

-- +goose Down
DROP INDEX inbox_by_age;
ALTER TABLE inbox DROP COLUMN received_at;
