-- What brings events from where they happened to those who react to them.
-- A message is an event with its envelope.

-- +goose Up
-- Rows come and go all the time: vacuum is to begin after a number of dead
-- ones, however many there are alive.
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
