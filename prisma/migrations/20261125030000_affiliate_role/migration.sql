-- The role that statements of AFFILIATE keys run as. It belongs to the server and not to this database: others there may
-- have made it, and a database that was restored elsewhere finds none. So a start runs this file again while the user
-- cannot wear the role (store/affiliate-role.ts).
DO $$
DECLARE
  -- From PostgreSQL 16 on a member of a role may only wear it when the grant says so.
  knows_set CONSTANT boolean := current_setting('server_version_num')::int >= 160000;
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'volley_affiliate') THEN
      CREATE ROLE volley_affiliate NOLOGIN NOINHERIT;
    END IF;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN
    -- The start of a Volley on another database of this server was faster.
  END;
  BEGIN
    IF NOT pg_has_role('volley_affiliate', CASE WHEN knows_set THEN 'SET' ELSE 'MEMBER' END) THEN
      EXECUTE 'GRANT volley_affiliate TO CURRENT_USER' || CASE WHEN knows_set THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
    END IF;
  EXCEPTION WHEN unique_violation THEN
    -- So was one with the same user.
  END;
END $$;
