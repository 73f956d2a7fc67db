-- The database too separates the data of organisations, as
-- docs/decisions/0001-organisation-isolation.md explains.
--
-- Keys ensure that no row belongs to two organisations: a booking and a claim have
-- the organisation of their show, and a ticket cannot name another one.
--
-- Policies ensure that no role reads the rows of another organisation. They do not
-- bind the owner of the tables, which is the service: its customers book shows of
-- all organisations. Every other role, whatever its privileges, reads the rows of
-- the organisation that staff_roles names for it, and changes nothing.

-- +goose Up
CREATE TABLE staff_roles (
    role         name             PRIMARY KEY,
    organisation text COLLATE "C" NOT NULL
);
GRANT SELECT ON staff_roles TO PUBLIC;

ALTER TABLE staff_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE shows       ENABLE ROW LEVEL SECURITY;
ALTER TABLE bookings    ENABLE ROW LEVEL SECURITY;
ALTER TABLE claims      ENABLE ROW LEVEL SECURITY;
ALTER TABLE tickets     ENABLE ROW LEVEL SECURITY;
-- Messages belong to all organisations, so no policy lets a role read them.
ALTER TABLE outbox      ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox       ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON staff_roles FOR SELECT USING (role = current_user);
CREATE POLICY own ON shows       FOR SELECT USING (organisation = (SELECT s.organisation FROM staff_roles s WHERE s.role = current_user));
CREATE POLICY own ON tickets     FOR SELECT USING (organisation = (SELECT s.organisation FROM staff_roles s WHERE s.role = current_user));
CREATE POLICY own ON bookings    FOR SELECT USING (show_id IN (SELECT id FROM shows)); -- whose policy applies here too
CREATE POLICY own ON claims      FOR SELECT USING (show_id IN (SELECT id FROM shows));

-- +goose Down
DROP POLICY own ON claims;
DROP POLICY own ON bookings;
DROP POLICY own ON tickets;
DROP POLICY own ON shows;

ALTER TABLE inbox    DISABLE ROW LEVEL SECURITY;
ALTER TABLE outbox   DISABLE ROW LEVEL SECURITY;
ALTER TABLE tickets  DISABLE ROW LEVEL SECURITY;
ALTER TABLE claims   DISABLE ROW LEVEL SECURITY;
ALTER TABLE bookings DISABLE ROW LEVEL SECURITY;
ALTER TABLE shows    DISABLE ROW LEVEL SECURITY;

DROP TABLE staff_roles;
