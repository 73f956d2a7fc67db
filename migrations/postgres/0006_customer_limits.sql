-- Limits on what one customer claims without paying.
--
-- The counts let the statement that claims seats check the limits. They may be too
-- high, because holds that end do not reduce them. Then they are corrected before a
-- hold is refused.

-- +goose Up
CREATE TABLE customer_holds (
    customer_id text COLLATE "C" NOT NULL,
    show_id     text COLLATE "C" NOT NULL,
    bookings    integer          NOT NULL, -- unpaid
    seats       integer          NOT NULL, -- in them
    PRIMARY KEY (customer_id, show_id)
);

CREATE TABLE customer_minutes (
    customer_id text COLLATE "C" NOT NULL PRIMARY KEY,
    minute      timestamptz      NOT NULL, -- of the last hold
    holds       integer          NOT NULL  -- made in that minute
);

INSERT INTO customer_holds
SELECT customer_id, show_id, count(*), sum(json_array_length(seats))
FROM bookings WHERE status IN ('held', 'paying') GROUP BY customer_id, show_id;

-- Only the service reads the counts.
ALTER TABLE customer_holds   ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_minutes ENABLE ROW LEVEL SECURITY;

CREATE INDEX bookings_unpaid ON bookings (customer_id, show_id) WHERE status IN ('held', 'paying');
CREATE INDEX bookings_recent ON bookings (customer_id, created_at);

-- +goose Down
DROP INDEX bookings_recent;
DROP INDEX bookings_unpaid;
DROP TABLE customer_minutes;
DROP TABLE customer_holds;
