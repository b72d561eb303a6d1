-- The database and the roles that Tenure's processes connect as. An administrator runs this, each role with its own
-- password; again, it changes passwords and nothing else:
--   psql -d postgres -v database=tenure -v owner=… -v worker=… -v feed=… -v scheduler=… -v api=… \
--        -v console=… -v operator=… -f roles.sql
-- What they may do is given by "tenure migrate grant", run by the owner after each "tenure migrate": docs/security.md.
SELECT format('CREATE DATABASE %I', :'database') WHERE :'database' <> ALL (SELECT datname FROM pg_database) \gexec

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['owner', 'worker', 'feed', 'scheduler', 'api', 'console', 'operator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenure_' || role) THEN
            EXECUTE format('CREATE ROLE %I', 'tenure_' || role);
        END IF;
    END LOOP;
END
$$;
ALTER ROLE tenure_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
ALTER ROLE tenure_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'worker';
ALTER ROLE tenure_feed LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'feed';
ALTER ROLE tenure_scheduler LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'scheduler';
ALTER ROLE tenure_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'api';
ALTER ROLE tenure_console LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'console';
ALTER ROLE tenure_operator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'operator';

-- The owner makes the tables, in the schema public, which belongs to the database's owner.
ALTER DATABASE :"database" OWNER TO tenure_owner;

-- The owner hands the read models over to the feed, and migrates them later: it must be a member of that role.
GRANT tenure_feed TO tenure_owner;
