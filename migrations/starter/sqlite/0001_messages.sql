-- The tables that bring events to their subscriptions.
-- Times are microseconds since 1970 in UTC. A message is an event with its
-- envelope, as JSON.

-- +goose Up
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY, -- ascends in the order of the commits
    message  TEXT    NOT NULL CHECK (json_valid(message))
) STRICT;

CREATE TABLE inbox (
    subscription TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    PRIMARY KEY (subscription, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    subscription TEXT    NOT NULL,
    event_id     TEXT    NOT NULL,
    message      TEXT    NOT NULL CHECK (json_valid(message)),
    attempts     INTEGER NOT NULL CHECK (attempts >= 0), -- the failed ones
    due_at       INTEGER NOT NULL, -- or, while leased, when the lease ends
    leased_by    TEXT,             -- the consumer that is handling it
    PRIMARY KEY (subscription, event_id)
) STRICT;

CREATE INDEX deliveries_due ON deliveries (subscription, due_at);

CREATE TABLE dead_letters (
    id           TEXT    NOT NULL PRIMARY KEY,
    subscription TEXT    NOT NULL,
    event_id     TEXT    NOT NULL,
    message      TEXT    NOT NULL CHECK (json_valid(message)),
    reason       TEXT    NOT NULL,
    attempts     INTEGER NOT NULL CHECK (attempts > 0),
    at           INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE dead_letters;
DROP TABLE deliveries;
DROP TABLE inbox;
DROP TABLE outbox;
