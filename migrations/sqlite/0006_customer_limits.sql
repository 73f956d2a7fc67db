-- Limits on what one customer claims without paying.

-- +goose Up
CREATE INDEX bookings_unpaid ON bookings (customer_id, show_id) WHERE status IN ('held', 'paying');
CREATE INDEX bookings_recent ON bookings (customer_id, created_at);

-- +goose Down
DROP INDEX bookings_recent;
DROP INDEX bookings_unpaid;
