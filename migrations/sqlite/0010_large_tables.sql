-- Queries that do not slow down as the tables grow.
--
-- Jobs read due bookings page by page, in the order of an index. A claim records whether
-- its seat is sold, so that a seat map needs no bookings. A trigram index finds the shows
-- whose title or venue contains a text. The index has no trigger for updates, because
-- the title and the venue never change.

-- +goose Up
DROP INDEX bookings_held;
DROP INDEX bookings_paying;
DROP INDEX bookings_to_call_off;
CREATE INDEX bookings_held        ON bookings (held_until, id) WHERE status = 'held';
CREATE INDEX bookings_paying      ON bookings (paying_since, id) WHERE status = 'paying';
CREATE INDEX bookings_to_call_off ON bookings (show_id, id) WHERE status IN ('held', 'confirmed');

ALTER TABLE claims ADD COLUMN sold INTEGER NOT NULL DEFAULT 0 CHECK (sold IN (0, 1));
UPDATE claims SET sold = 1 WHERE booking_id IN (SELECT id FROM bookings WHERE status = 'confirmed');

-- +goose StatementBegin
CREATE TRIGGER bookings_confirmed AFTER UPDATE OF status ON bookings
    WHEN NEW.status = 'confirmed' AND OLD.status <> 'confirmed'
BEGIN
    UPDATE claims SET sold = 1 WHERE booking_id = NEW.id;
END;
-- +goose StatementEnd

CREATE VIRTUAL TABLE shows_text USING fts5 (id UNINDEXED, title, venue, tokenize = 'trigram');
INSERT INTO shows_text (id, title, venue) SELECT id, title, venue FROM shows;

-- +goose StatementBegin
CREATE TRIGGER shows_added AFTER INSERT ON shows
BEGIN
    INSERT INTO shows_text (id, title, venue) VALUES (NEW.id, NEW.title, NEW.venue);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER shows_added;
DROP TABLE shows_text;

DROP TRIGGER bookings_confirmed;
ALTER TABLE claims DROP COLUMN sold;

DROP INDEX bookings_to_call_off;
DROP INDEX bookings_paying;
DROP INDEX bookings_held;
CREATE INDEX bookings_held        ON bookings (held_until) WHERE status = 'held';
CREATE INDEX bookings_paying      ON bookings (paying_since) WHERE status = 'paying';
CREATE INDEX bookings_to_call_off ON bookings (show_id) WHERE status IN ('held', 'confirmed');
