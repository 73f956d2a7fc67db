-- The tables that bring events to their subscriptions.
-- A message is an event with its envelope.

-- +goose Up
-- Rows are added and deleted all the time, so vacuum starts after a fixed number of
-- dead rows, regardless of the number of live rows.
CREATE TABLE outbox (
    position bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    message  json   NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE inbox (
    subscription text COLLATE "C" NOT NULL,
    event_id     text COLLATE "C" NOT NULL,
    PRIMARY KEY (subscription, event_id)
);

-- +goose Down
DROP TABLE inbox;
DROP TABLE outbox;
