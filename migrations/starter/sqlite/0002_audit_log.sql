-- What operators did, and why. The table is append only.

-- +goose Up
CREATE TABLE audit_log (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    operator TEXT    NOT NULL CHECK (operator <> ''),
    command  TEXT    NOT NULL CHECK (command <> ''),
    subject  TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    reason   TEXT    NOT NULL CHECK (reason <> '')
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_log_never_changes BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append only'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_log_never_shrinks BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit_log;
