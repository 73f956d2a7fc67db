-- A cancelled show is wound up when no booking of it is live. Then the job that cancels the
-- bookings of cancelled shows no longer reads it.
--
-- For existing shows the time of their cancellation is unknown, so that of this migration
-- stands in.

-- +goose Up
ALTER TABLE shows ADD COLUMN cancelled_at INTEGER;
ALTER TABLE shows ADD COLUMN wound_up INTEGER NOT NULL DEFAULT 0 CHECK (wound_up IN (0, 1));

UPDATE shows
SET cancelled_at = unixepoch() * 1000000, wound_up = NOT EXISTS (SELECT 1 FROM claims WHERE claims.show_id = shows.id)
WHERE status = 'cancelled';

DROP INDEX shows_cancelled;
CREATE INDEX shows_to_wind_up ON shows (id) WHERE status = 'cancelled' AND opened_at IS NOT NULL AND NOT wound_up;

-- +goose Down
DROP INDEX shows_to_wind_up;
CREATE INDEX shows_cancelled ON shows (id) WHERE status = 'cancelled';

ALTER TABLE shows DROP COLUMN wound_up;
ALTER TABLE shows DROP COLUMN cancelled_at;
