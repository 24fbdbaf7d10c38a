-- Creates the roles, and grants their rights to the database and the schema. Every run of `migrate` applies this file,
-- so that another run is enough after an administrator creates a role, or after a restore on another server.

-- Roles belong to the whole server, and the owner of one database may not be allowed to create any.
DO $$
DECLARE
    role name;
BEGIN
    FOREACH role IN ARRAY ARRAY['ledger_writer', 'ledger_reader'] LOOP
        IF to_regrole(role) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE WARNING 'role % is missing and % may not make it', role, current_user
                        USING HINT = format('As an administrator: CREATE ROLE %I; then run migrate again.', role);
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- Made at this moment from another database of the server.
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA ledger FROM PUBLIC;

DO $$
BEGIN
    IF to_regrole('ledger_writer') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA ledger TO ledger_writer;
        -- A rebuild folds into a temporary table. Every login may create one, unless an administrator has revoked that.
        IF NOT has_database_privilege('ledger_writer', current_database(), 'TEMPORARY') THEN
            EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO ledger_writer', current_database());
        END IF;
    END IF;
END
$$;
