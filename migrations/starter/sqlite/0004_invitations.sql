-- Invitations to an organisation. Times are microseconds since 1970 in UTC.

-- +goose Up
CREATE TABLE invitations (
    id           TEXT    NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    invited_by   TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('pending', 'accepted', 'expired')),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;

-- Guarantees that an organisation has at most one pending invitation for an address.
CREATE UNIQUE INDEX invitations_pending ON invitations (organisation, email) WHERE status = 'pending';
CREATE INDEX invitations_to_expire ON invitations (expires_at, id) WHERE status = 'pending';

-- +goose Down
DROP TABLE invitations;
