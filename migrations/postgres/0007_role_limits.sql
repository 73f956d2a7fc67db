-- Policies do not bind TRUNCATE, and goose's own table has none yet. This migration
-- refuses TRUNCATE and hides that table for every role except the owner of the tables,
-- regardless of its privileges.

-- +goose Up
-- The function runs with the privileges of the caller. Its search path prevents the caller
-- from replacing the catalog with a temporary table.
-- +goose StatementBegin
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE insufficient_privilege USING MESSAGE = 'only the owner may truncate ' || TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON staff_roles      EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON shows            EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON bookings         EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON claims           EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON tickets          EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON outbox           EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON inbox            EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON customer_holds   EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON customer_minutes EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON goose_db_version EXECUTE FUNCTION refuse_truncate();

ALTER TABLE goose_db_version ENABLE ROW LEVEL SECURITY;

-- +goose Down
ALTER TABLE goose_db_version DISABLE ROW LEVEL SECURITY;

DROP TRIGGER refuse_truncate ON goose_db_version;
DROP TRIGGER refuse_truncate ON customer_minutes;
DROP TRIGGER refuse_truncate ON customer_holds;
DROP TRIGGER refuse_truncate ON inbox;
DROP TRIGGER refuse_truncate ON outbox;
DROP TRIGGER refuse_truncate ON tickets;
DROP TRIGGER refuse_truncate ON claims;
DROP TRIGGER refuse_truncate ON bookings;
DROP TRIGGER refuse_truncate ON shows;
DROP TRIGGER refuse_truncate ON staff_roles;

DROP FUNCTION refuse_truncate;
