-- A cancelled show is wound up when no booking of it is live. Then the job that cancels the
-- bookings of cancelled shows no longer reads it.
--
-- For existing shows the time of their cancellation is unknown, so that of this migration
-- stands in. Adding the columns waits for the transactions that use the table, so
-- the statement that fills them sees the claims of every hold that read an old status.
--
-- A trigger sets the time for processes of the previous version, which run during an
-- update and do not know the column.

-- +goose Up
ALTER TABLE shows
    ADD COLUMN cancelled_at timestamptz,
    ADD COLUMN wound_up     boolean NOT NULL DEFAULT false;

-- +goose StatementBegin
CREATE FUNCTION set_cancelled_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.cancelled_at := now();
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER shows_cancelled BEFORE UPDATE OF status ON shows
    FOR EACH ROW WHEN (NEW.status = 'cancelled' AND NEW.cancelled_at IS NULL)
    EXECUTE FUNCTION set_cancelled_at();

UPDATE shows
SET cancelled_at = now(), wound_up = NOT EXISTS (SELECT FROM claims WHERE claims.show_id = shows.id)
WHERE status = 'cancelled';

DROP INDEX shows_cancelled;
CREATE INDEX shows_to_wind_up ON shows (id) WHERE status = 'cancelled' AND opened_at IS NOT NULL AND NOT wound_up;

-- +goose Down
DROP INDEX shows_to_wind_up;
CREATE INDEX shows_cancelled ON shows (id) WHERE status = 'cancelled';

DROP TRIGGER shows_cancelled ON shows;
DROP FUNCTION set_cancelled_at();
ALTER TABLE shows
    DROP COLUMN wound_up,
    DROP COLUMN cancelled_at;
