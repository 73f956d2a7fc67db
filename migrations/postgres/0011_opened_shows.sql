-- The time when a show went on sale. A show is public once it was on sale, so a draft that
-- is cancelled does not become public.
--
-- For existing shows the time is unknown, so that of their creation stands in. A cancelled
-- show with a booking was on sale. A cancelled show without one may have been a draft, and
-- counts as one: it is better to hide a show that was public than to publish a draft.
--
-- A trigger sets the time for processes of the previous version, which run during an
-- update and do not know the column.

-- +goose Up
ALTER TABLE shows ADD COLUMN opened_at timestamptz;

-- +goose StatementBegin
CREATE FUNCTION set_opened_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.opened_at := now();
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER shows_opened BEFORE UPDATE OF status ON shows
    FOR EACH ROW WHEN (NEW.status = 'on_sale' AND NEW.opened_at IS NULL)
    EXECUTE FUNCTION set_opened_at();

UPDATE shows SET opened_at = created_at
WHERE status = 'on_sale' OR status = 'cancelled' AND EXISTS (SELECT FROM bookings WHERE bookings.show_id = shows.id);

DROP INDEX shows_public;
CREATE INDEX shows_public   ON shows (id) WHERE opened_at IS NOT NULL;
CREATE INDEX shows_unopened ON shows (organisation, id) WHERE opened_at IS NULL;

-- +goose Down
DROP INDEX shows_unopened;
DROP INDEX shows_public;
CREATE INDEX shows_public ON shows (id) WHERE status <> 'draft';

DROP TRIGGER shows_opened ON shows;
DROP FUNCTION set_opened_at();
ALTER TABLE shows DROP COLUMN opened_at;
