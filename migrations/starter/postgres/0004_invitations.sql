-- Invitations to an organisation, and what separates the data of organisations: policies
-- that do not bind the owner of the tables, which is the service, and that let every other
-- role read only the rows of the organisation that staff_roles names for it.

-- +goose Up
CREATE TABLE invitations (
    id           text COLLATE "C" PRIMARY KEY,
    organisation text COLLATE "C" NOT NULL,
    email        text COLLATE "C" NOT NULL,
    invited_by   text COLLATE "C" NOT NULL,
    status       text             NOT NULL CHECK (status IN ('pending', 'accepted', 'expired')),
    created_at   timestamptz      NOT NULL,
    expires_at   timestamptz      NOT NULL
);

-- Guarantees that an organisation has at most one pending invitation for an address.
CREATE UNIQUE INDEX invitations_pending ON invitations (organisation, email) WHERE status = 'pending';
CREATE INDEX invitations_to_expire ON invitations (expires_at, id) WHERE status = 'pending';

CREATE TABLE staff_roles (
    role         name             PRIMARY KEY,
    organisation text COLLATE "C" NOT NULL
);
GRANT SELECT ON staff_roles TO PUBLIC;

ALTER TABLE staff_roles      ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations      ENABLE ROW LEVEL SECURITY;
-- These tables belong to all organisations, so no policy lets a role read them.
ALTER TABLE outbox           ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox            ENABLE ROW LEVEL SECURITY;
ALTER TABLE goose_db_version ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON staff_roles FOR SELECT USING (role = current_user);
CREATE POLICY own ON invitations FOR SELECT USING (organisation = (SELECT s.organisation FROM staff_roles s WHERE s.role = current_user));

-- Policies do not bind TRUNCATE. The function runs with the privileges of the caller. Its
-- search path prevents the caller from replacing the catalog with a temporary table.
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
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON invitations      EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON outbox           EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON inbox            EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON goose_db_version EXECUTE FUNCTION refuse_truncate();

-- +goose Down
DROP TRIGGER refuse_truncate ON goose_db_version;
DROP TRIGGER refuse_truncate ON inbox;
DROP TRIGGER refuse_truncate ON outbox;
ALTER TABLE goose_db_version DISABLE ROW LEVEL SECURITY;
ALTER TABLE inbox            DISABLE ROW LEVEL SECURITY;
ALTER TABLE outbox           DISABLE ROW LEVEL SECURITY;
DROP TABLE invitations;
DROP TABLE staff_roles;
DROP FUNCTION refuse_truncate;
