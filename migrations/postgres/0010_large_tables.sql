-- Queries that do not slow down as the tables grow.
--
-- Jobs read due bookings page by page, in the order of an index.
--
-- A claim records whether its seat is sold, so that a seat map needs no bookings. A
-- trigger records it, because it also serves processes of the previous version, which
-- run during an update and do not know the column. Creating the trigger waits for their
-- transactions, so the statement that fills the column sees every confirmed booking.
--
-- A trigram index finds the shows whose title or venue contains a text. The extension
-- pg_trgm is part of PostgreSQL, and the owner of a database may create it. Rolling back
-- keeps it, because others may use it.

-- +goose Up
DROP INDEX bookings_held;
DROP INDEX bookings_paying;
CREATE INDEX bookings_held   ON bookings (held_until, id) WHERE status = 'held';
CREATE INDEX bookings_paying ON bookings (paying_since, id) WHERE status = 'paying';

ALTER TABLE claims ADD COLUMN sold boolean NOT NULL DEFAULT false;

-- +goose StatementBegin
CREATE FUNCTION mark_claims_sold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE claims SET sold = true WHERE booking_id = NEW.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER bookings_confirmed AFTER UPDATE OF status ON bookings
    FOR EACH ROW WHEN (NEW.status = 'confirmed' AND OLD.status <> 'confirmed')
    EXECUTE FUNCTION mark_claims_sold();

UPDATE claims SET sold = true FROM bookings WHERE bookings.id = claims.booking_id AND bookings.status = 'confirmed';

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX shows_text ON shows
    USING gin (lower(title COLLATE "C") gin_trgm_ops, lower(venue COLLATE "C") gin_trgm_ops) WITH (fastupdate = off);

-- +goose Down
DROP INDEX shows_text;

DROP TRIGGER bookings_confirmed ON bookings;
DROP FUNCTION mark_claims_sold();
ALTER TABLE claims DROP COLUMN sold;

DROP INDEX bookings_paying;
DROP INDEX bookings_held;
CREATE INDEX bookings_held   ON bookings (held_until) WHERE status = 'held';
CREATE INDEX bookings_paying ON bookings (paying_since) WHERE status = 'paying';
