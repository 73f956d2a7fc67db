-- The IANA name of the venue's time zone. starts_at stays a point in time.

-- +goose Up
ALTER TABLE shows ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';

-- +goose Down
ALTER TABLE shows DROP COLUMN time_zone;
