-- The roles that Tenure's processes connect as. An administrator of the database runs this once, with passwords of their own:
--   psql -v worker=… -v feed=… -v scheduler=… -v api=… -f roles.sql
-- What they may do is given by "tenure migrate grant", after each "tenure migrate". See docs/security.md.
CREATE ROLE tenure_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'worker';
CREATE ROLE tenure_feed LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'feed';
CREATE ROLE tenure_scheduler LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'scheduler';
CREATE ROLE tenure_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'api';

-- The owner of the tables hands the read models over to the feed, and migrates them later: it must be a member of that role.
GRANT tenure_feed TO CURRENT_USER;
