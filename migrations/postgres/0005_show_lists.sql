-- Lists of shows omit the seating plan, so the number of seats has its own column. Public
-- shows and drafts each have their own index, so that many drafts do not slow down the
-- lists of public shows.

-- +goose Up
ALTER TABLE shows ADD COLUMN seats integer;
UPDATE shows SET seats = (SELECT sum((r ->> 'seats')::integer) FROM json_array_elements(seat_rows) r);
ALTER TABLE shows ALTER COLUMN seats SET NOT NULL;

CREATE INDEX shows_public ON shows (id) WHERE status <> 'draft';
CREATE INDEX shows_drafts ON shows (organisation, id) WHERE status = 'draft';

-- +goose Down
DROP INDEX shows_drafts;
DROP INDEX shows_public;
ALTER TABLE shows DROP COLUMN seats;
