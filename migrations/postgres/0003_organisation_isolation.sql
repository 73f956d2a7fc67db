-- What belongs to one organisation is kept from another in the database too, as
-- docs/decisions/0001-organisation-isolation.md explains.
--
-- That no row belongs to two organisations is for the keys: a booking and a
-- claim have the organisation of their show, and a ticket cannot name another.
--
-- That nobody reads another's rows is for the policies. The owner of the tables
-- is the service, which they do not bind: its customers go to the shows of all.
-- Every other role, whatever it was granted, reads what belongs to the
-- organisation that staff_roles has for it, and changes nothing.

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
-- Messages are of all organisations, so that there is no policy for them.
ALTER TABLE outbox      ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox       ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON staff_roles FOR SELECT USING (role = current_user);
CREATE POLICY own ON shows       FOR SELECT USING (organisation = (SELECT s.organisation FROM staff_roles s WHERE s.role = current_user));
CREATE POLICY own ON tickets     FOR SELECT USING (organisation = (SELECT s.organisation FROM staff_roles s WHERE s.role = current_user));
CREATE POLICY own ON bookings    FOR SELECT USING (show_id IN (SELECT id FROM shows)); -- whose policy holds here too
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
