-- Shows, bookings with the seats that they claim, and tickets.
-- Times are microseconds since 1970 in UTC, money is in minor units.

-- +goose Up
CREATE TABLE shows (
    id           TEXT    NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    venue        TEXT    NOT NULL,
    starts_at    INTEGER NOT NULL,
    currency     TEXT    NOT NULL,
    tiers        TEXT    NOT NULL CHECK (json_valid(tiers)),
    seat_rows    TEXT    NOT NULL CHECK (json_valid(seat_rows)),
    status       TEXT    NOT NULL CHECK (status IN ('draft', 'on_sale', 'cancelled')),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX shows_cancelled ON shows (id) WHERE status = 'cancelled';

CREATE TABLE bookings (
    id              TEXT    NOT NULL PRIMARY KEY,
    show_id         TEXT    NOT NULL REFERENCES shows (id),
    customer_id     TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    email           TEXT    NOT NULL,
    seats           TEXT    NOT NULL CHECK (json_valid(seats)),
    total           INTEGER NOT NULL CHECK (total >= 0),
    currency        TEXT    NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('held', 'paying', 'confirmed', 'expired', 'cancelled')),
    held_until      INTEGER NOT NULL,
    attempt         INTEGER NOT NULL CHECK (attempt >= 0),
    paying_since    INTEGER CHECK (paying_since IS NOT NULL OR status <> 'paying'),
    declined        TEXT    NOT NULL,
    refund          TEXT    NOT NULL CHECK (refund IN ('none', 'due', 'refunded')),
    created_at      INTEGER NOT NULL,
    UNIQUE (customer_id, idempotency_key)
) STRICT;

CREATE INDEX bookings_of_customer ON bookings (customer_id, id);
CREATE INDEX bookings_of_show     ON bookings (show_id, id);
CREATE INDEX bookings_held        ON bookings (held_until) WHERE status = 'held';
CREATE INDEX bookings_paying      ON bookings (paying_since) WHERE status = 'paying';
CREATE INDEX bookings_to_call_off ON bookings (show_id) WHERE status IN ('held', 'confirmed');

-- The primary key guarantees that a seat has at most one live booking.
CREATE TABLE claims (
    show_id    TEXT NOT NULL REFERENCES shows (id),
    seat       TEXT NOT NULL,
    booking_id TEXT NOT NULL REFERENCES bookings (id),
    PRIMARY KEY (show_id, seat)
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_of_booking ON claims (booking_id);

CREATE TABLE tickets (
    code         TEXT    NOT NULL PRIMARY KEY,
    booking_id   TEXT    NOT NULL REFERENCES bookings (id),
    show_id      TEXT    NOT NULL REFERENCES shows (id),
    organisation TEXT    NOT NULL,
    seat         TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('valid', 'used', 'void')),
    issued_at    INTEGER NOT NULL,
    admitted_at  INTEGER CHECK ((admitted_at IS NOT NULL) = (status = 'used')),
    UNIQUE (booking_id, seat)
) STRICT;

-- +goose Down
DROP TABLE tickets;
DROP TABLE claims;
DROP TABLE bookings;
DROP TABLE shows;
