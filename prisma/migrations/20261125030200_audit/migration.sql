-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT volley_now(),
    "actor_id" TEXT,
    "actor_subject" TEXT,
    "actor_name" TEXT NOT NULL,
    "actor_role" "role",
    "actor_affiliate_id" UUID,
    "operation" TEXT NOT NULL,
    "object_type" TEXT NOT NULL,
    "object_id" UUID,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT,
    "address" TEXT,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_log_at_idx" ON "audit_log"("at");

-- CreateIndex
CREATE INDEX "audit_log_object_id_id_idx" ON "audit_log"("object_id", "id");

-- CreateIndex
CREATE INDEX "audit_log_actor_id_id_idx" ON "audit_log"("actor_id", "id");

-- By hand from here.

-- Rows are added and never changed, not even by the owner of the table. Affiliates have no grant at all.
CREATE FUNCTION volley_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"
  FOR EACH STATEMENT EXECUTE FUNCTION volley_refuse();
ALTER TABLE "audit_log" ENABLE ROW LEVEL SECURITY;

-- Adds a line about what the actor of this transaction does (`volley.actor`, set by src/access/wall.ts).
CREATE FUNCTION volley_note(object_type text, object_id uuid, before jsonb, after jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_log (actor_id, actor_subject, actor_name, actor_role, actor_affiliate_id, operation, request_id, address,
                         object_type, object_id, before, after)
  SELECT a.id, a.subject, a.name, a.role::role, a."affiliateId", a.operation, a."requestId", a.address, $1, $2, $3, $4
  FROM jsonb_to_record(current_setting('volley.actor')::jsonb) AS a(
    id text, subject text, name text, role text, "affiliateId" uuid, operation text, "requestId" text, address text) $$;
REVOKE EXECUTE ON FUNCTION volley_note FROM PUBLIC;

-- Adds a line about a row that was made, changed or deleted; of a change only the columns that changed. Arguments: the
-- object that the row belongs to, and the column that holds its id. Bytes are secrets or their digests: they are left out.
CREATE FUNCTION volley_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hidden CONSTANT text[] := ARRAY['updated_at', 'changed_at'] || ARRAY(
    SELECT attname::text FROM pg_attribute WHERE attrelid = TG_RELID AND atttypid = 'bytea'::regtype);
  before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - hidden END;
  after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - hidden END;
  object_id CONSTANT uuid := coalesce(after, before) ->> TG_ARGV[1];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, after -> key) INTO before, after
    FROM jsonb_each(before) WHERE value IS DISTINCT FROM after -> key;
    IF before IS NULL THEN RETURN NULL; END IF;
  END IF;
  PERFORM volley_note(TG_ARGV[0], object_id, before, after);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION volley_audit FROM PUBLIC;

-- What the engine changes by itself (breakers, progress of jobs) has no actor and no line.
CREATE FUNCTION volley_acts() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('volley.actor', true), '') <> '' $$;
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "affiliate"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('Affiliate', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "offer"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('Offer', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "campaign"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('Campaign', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "integration"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('Integration', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "event_type"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('EventType', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "tracking_link"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('TrackingLink', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "api_key"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('ApiKey', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "job"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('Job', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "pixel"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('Pixel', 'id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "pixel_campaign"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('PixelCampaign', 'pixel_id');
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "pixel_secret"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('PixelSecret', 'pixel_id');
-- A new version says what the line of its pixel says, and its approval is somebody's doing.
CREATE TRIGGER "audit" AFTER UPDATE OR DELETE ON "pixel_version"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('PixelVersion', 'pixel_id');
-- A destination is made by the first pixel that goes there.
CREATE TRIGGER "audit" AFTER UPDATE OR DELETE ON "destination"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('Destination', 'id');
