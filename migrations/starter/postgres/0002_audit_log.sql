-- What operators did, and why. The table is append only.

-- +goose Up
CREATE TABLE audit_log (
    position bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at       timestamptz NOT NULL,
    operator text        NOT NULL CHECK (operator <> ''),
    command  text        NOT NULL CHECK (command <> ''),
    subject  text        NOT NULL,
    detail   text        NOT NULL,
    reason   text        NOT NULL CHECK (reason <> '')
);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Only the service reads the records.
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;

-- +goose Down
DROP TABLE audit_log;
DROP FUNCTION refuse_change;
