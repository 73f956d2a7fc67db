-- The time when a show went on sale. A show is public once it was on sale, so a draft that
-- is cancelled does not become public.
--
-- For existing shows the time is unknown, so that of their creation stands in. A cancelled
-- show with a booking was on sale. A cancelled show without one may have been a draft, and
-- counts as one: it is better to hide a show that was public than to publish a draft.

-- +goose Up
ALTER TABLE shows ADD COLUMN opened_at INTEGER;

UPDATE shows SET opened_at = created_at
WHERE status = 'on_sale' OR status = 'cancelled' AND EXISTS (SELECT 1 FROM bookings WHERE bookings.show_id = shows.id);

DROP INDEX shows_public;
CREATE INDEX shows_public   ON shows (id) WHERE opened_at IS NOT NULL;
CREATE INDEX shows_unopened ON shows (organisation, id) WHERE opened_at IS NULL;

-- +goose Down
DROP INDEX shows_unopened;
DROP INDEX shows_public;
CREATE INDEX shows_public ON shows (id) WHERE status <> 'draft';

ALTER TABLE shows DROP COLUMN opened_at;
