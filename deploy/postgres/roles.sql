-- The roles that Tenure's processes connect as. An administrator runs this once, connected to the database that Tenure
-- will have, each role with its own password:
--   createdb tenure
--   psql -d tenure -v database=tenure -v owner=… -v worker=… -v feed=… -v scheduler=… -v api=… \
--        -v console=… -v operator=… -f roles.sql
-- What they may do is given by "tenure migrate grant", run by the owner after each "tenure migrate": docs/security.md.
CREATE ROLE tenure_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
CREATE ROLE tenure_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'worker';
CREATE ROLE tenure_feed LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'feed';
CREATE ROLE tenure_scheduler LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'scheduler';
CREATE ROLE tenure_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'api';
CREATE ROLE tenure_console LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'console';
CREATE ROLE tenure_operator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'operator';

-- The owner makes the tables, in the schema public, which belongs to the database's owner.
ALTER DATABASE :"database" OWNER TO tenure_owner;

-- The owner hands the read models over to the feed, and migrates them later: it must be a member of that role.
GRANT tenure_feed TO tenure_owner;
