-- Shows, bookings with the seats that they claim, and tickets.
-- Ids sort by their bytes. Money is in minor units.

-- +goose Up
CREATE TABLE shows (
    id           text COLLATE "C" PRIMARY KEY,
    organisation text COLLATE "C" NOT NULL,
    title        text             NOT NULL,
    venue        text             NOT NULL,
    starts_at    timestamptz      NOT NULL,
    currency     text             NOT NULL,
    tiers        json             NOT NULL,
    seat_rows    json             NOT NULL,
    status       text             NOT NULL CHECK (status IN ('draft', 'on_sale', 'cancelled')),
    created_at   timestamptz      NOT NULL,
    CONSTRAINT shows_of_organisation UNIQUE (id, organisation)
);

CREATE INDEX shows_cancelled ON shows (id) WHERE status = 'cancelled';

-- A reference to a show locks its row FOR KEY SHARE. Buyers share that lock, and a
-- change of the show's status does not wait for it.
CREATE TABLE bookings (
    id              text COLLATE "C" PRIMARY KEY,
    show_id         text COLLATE "C" NOT NULL REFERENCES shows (id),
    customer_id     text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    email           text             NOT NULL,
    seats           json             NOT NULL,
    total           bigint           NOT NULL CHECK (total >= 0),
    currency        text             NOT NULL,
    status          text             NOT NULL CHECK (status IN ('held', 'paying', 'confirmed', 'expired', 'cancelled')),
    held_until      timestamptz      NOT NULL,
    attempt         integer          NOT NULL CHECK (attempt >= 0),
    paying_since    timestamptz      CHECK (paying_since IS NOT NULL OR status <> 'paying'),
    declined        text             NOT NULL,
    refund          text             NOT NULL CHECK (refund IN ('none', 'due', 'refunded')),
    created_at      timestamptz      NOT NULL,
    CONSTRAINT bookings_of_show UNIQUE (show_id, id),
    CONSTRAINT bookings_by_key  UNIQUE (customer_id, idempotency_key)
);

CREATE INDEX bookings_of_customer ON bookings (customer_id, id);
CREATE INDEX bookings_held        ON bookings (held_until) WHERE status = 'held';
CREATE INDEX bookings_paying      ON bookings (paying_since) WHERE status = 'paying';
CREATE INDEX bookings_to_call_off ON bookings (show_id, id) WHERE status IN ('held', 'confirmed');

-- The primary key guarantees that a seat has at most one live booking. The foreign
-- key claims_of_booking undoes the claims of a hold that did not get all its seats.
CREATE TABLE claims (
    show_id    text COLLATE "C" NOT NULL,
    seat       text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (show_id, seat),
    CONSTRAINT claims_of_booking FOREIGN KEY (show_id, booking_id) REFERENCES bookings (show_id, id)
);

CREATE INDEX claims_by_booking ON claims (booking_id);

CREATE TABLE tickets (
    code         text COLLATE "C" PRIMARY KEY,
    booking_id   text COLLATE "C" NOT NULL,
    show_id      text COLLATE "C" NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    seat         text COLLATE "C" NOT NULL,
    status       text             NOT NULL CHECK (status IN ('valid', 'used', 'void')),
    issued_at    timestamptz      NOT NULL,
    admitted_at  timestamptz      CHECK ((admitted_at IS NOT NULL) = (status = 'used')),
    CONSTRAINT tickets_of_seat         UNIQUE (booking_id, seat),
    CONSTRAINT tickets_of_booking      FOREIGN KEY (show_id, booking_id) REFERENCES bookings (show_id, id),
    CONSTRAINT tickets_of_organisation FOREIGN KEY (show_id, organisation) REFERENCES shows (id, organisation)
);

-- +goose Down
DROP TABLE tickets;
DROP TABLE claims;
DROP TABLE bookings;
DROP TABLE shows;
