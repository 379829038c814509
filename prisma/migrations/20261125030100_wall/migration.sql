-- The wall behind the rules of src/access/visibility.ts: what a statement of an AFFILIATE key can reach at all, whatever
-- it says. store/binding.ts puts on the role and says who asks, for one transaction; the owner of the tables is not bound.

-- The role is shared by all databases of a server, so any member of it could put it on in this one. Only who may empty
-- the tables anyway, their owner, is heard: for anybody else, and when nobody was named, these answer null, and no policy
-- lets anything through.
CREATE FUNCTION volley_asker(setting text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN has_table_privilege(session_user, 'public.affiliate', 'TRUNCATE')
    THEN nullif(current_setting(setting, true), '') END $$;
-- The affiliate that asks, and all that it sees: itself and, for an introducing broker, those below.
CREATE FUNCTION volley_own_affiliate() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT volley_asker('volley.affiliate_id')::uuid $$;
CREATE FUNCTION volley_visible_affiliates() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT volley_asker('volley.affiliate_ids')::uuid[] $$;

-- A table without a line here is closed to affiliates. Sub-selects around the functions are run once per statement.
GRANT USAGE ON SCHEMA "public" TO volley_affiliate;

-- What every affiliate may read.
GRANT SELECT ON "offer", "campaign", "integration", "event_type" TO volley_affiliate;
ALTER TABLE "offer" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "offer" FOR SELECT TO volley_affiliate USING ((SELECT volley_own_affiliate()) IS NOT NULL);
ALTER TABLE "campaign" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "campaign" FOR SELECT TO volley_affiliate USING ((SELECT volley_own_affiliate()) IS NOT NULL);
ALTER TABLE "integration" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "integration" FOR SELECT TO volley_affiliate USING ((SELECT volley_own_affiliate()) IS NOT NULL);
ALTER TABLE "event_type" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "event_type" FOR SELECT TO volley_affiliate USING ((SELECT volley_own_affiliate()) IS NOT NULL);

-- What belongs to one: seen by itself and the brokers above, changed by itself alone.
GRANT SELECT ON "affiliate", "click", "postback" TO volley_affiliate;
ALTER TABLE "affiliate" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "affiliate" FOR SELECT TO volley_affiliate
  USING ("id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));
ALTER TABLE "click" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "click" FOR SELECT TO volley_affiliate
  USING ("affiliate_id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));
ALTER TABLE "postback" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "postback" FOR SELECT TO volley_affiliate
  USING ("affiliate_id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));

GRANT SELECT, INSERT ON "tracking_link" TO volley_affiliate;
ALTER TABLE "tracking_link" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "tracking_link" FOR SELECT TO volley_affiliate
  USING ("affiliate_id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));
CREATE POLICY "made" ON "tracking_link" FOR INSERT TO volley_affiliate
  WITH CHECK ("affiliate_id" = (SELECT volley_own_affiliate()));

GRANT SELECT, INSERT, UPDATE ON "pixel", "job" TO volley_affiliate;
ALTER TABLE "pixel" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "pixel" FOR SELECT TO volley_affiliate
  USING ("affiliate_id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));
CREATE POLICY "made" ON "pixel" FOR INSERT TO volley_affiliate
  WITH CHECK ("affiliate_id" = (SELECT volley_own_affiliate()));
CREATE POLICY "changed" ON "pixel" FOR UPDATE TO volley_affiliate
  USING ("affiliate_id" = (SELECT volley_own_affiliate()));
ALTER TABLE "job" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "job" FOR SELECT TO volley_affiliate
  USING ("affiliate_id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));
CREATE POLICY "made" ON "job" FOR INSERT TO volley_affiliate
  WITH CHECK ("affiliate_id" = (SELECT volley_own_affiliate()));
CREATE POLICY "changed" ON "job" FOR UPDATE TO volley_affiliate
  USING ("affiliate_id" = (SELECT volley_own_affiliate()));

-- Holds are the workers' to write; an affiliate may have its own destination probed.
GRANT SELECT, INSERT, UPDATE ("held_until", "changed_at") ON "destination" TO volley_affiliate;
ALTER TABLE "destination" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "destination" FOR SELECT TO volley_affiliate
  USING ("affiliate_id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));
CREATE POLICY "made" ON "destination" FOR INSERT TO volley_affiliate
  WITH CHECK ("affiliate_id" = (SELECT volley_own_affiliate()));
CREATE POLICY "changed" ON "destination" FOR UPDATE TO volley_affiliate
  USING ("affiliate_id" = (SELECT volley_own_affiliate()));

-- What belongs to one of the above: a sub-select is bound by the policies of its table.
GRANT SELECT, INSERT ON "pixel_version" TO volley_affiliate;
ALTER TABLE "pixel_version" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "pixel_version" FOR SELECT TO volley_affiliate
  USING (EXISTS (SELECT FROM "pixel" p WHERE p."id" = "pixel_id"));
CREATE POLICY "made" ON "pixel_version" FOR INSERT TO volley_affiliate WITH CHECK (
  EXISTS (SELECT FROM "pixel" p WHERE p."id" = "pixel_id" AND p."affiliate_id" = (SELECT volley_own_affiliate()))
  AND EXISTS (SELECT FROM "destination" d WHERE d."id" = "destination_id" AND d."affiliate_id" = (SELECT volley_own_affiliate())));

GRANT SELECT, INSERT, DELETE ON "pixel_campaign" TO volley_affiliate;
ALTER TABLE "pixel_campaign" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "pixel_campaign" FOR SELECT TO volley_affiliate
  USING (EXISTS (SELECT FROM "pixel" p WHERE p."id" = "pixel_id"));
CREATE POLICY "made" ON "pixel_campaign" FOR INSERT TO volley_affiliate WITH CHECK (
  EXISTS (SELECT FROM "pixel" p WHERE p."id" = "pixel_id" AND p."affiliate_id" = (SELECT volley_own_affiliate())));
CREATE POLICY "removed" ON "pixel_campaign" FOR DELETE TO volley_affiliate USING (
  EXISTS (SELECT FROM "pixel" p WHERE p."id" = "pixel_id" AND p."affiliate_id" = (SELECT volley_own_affiliate())));

-- The sealed secret itself can be written and never read.
GRANT SELECT ("id", "pixel_id", "created_at", "expires_at"), INSERT ON "pixel_secret" TO volley_affiliate;
ALTER TABLE "pixel_secret" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "pixel_secret" FOR SELECT TO volley_affiliate
  USING (EXISTS (SELECT FROM "pixel" p WHERE p."id" = "pixel_id"));
CREATE POLICY "made" ON "pixel_secret" FOR INSERT TO volley_affiliate WITH CHECK (
  EXISTS (SELECT FROM "pixel" p WHERE p."id" = "pixel_id" AND p."affiliate_id" = (SELECT volley_own_affiliate())));

GRANT SELECT ON "postback_attempt", "event", "event_head" TO volley_affiliate;
ALTER TABLE "postback_attempt" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "postback_attempt" FOR SELECT TO volley_affiliate
  USING (EXISTS (SELECT FROM "postback" p WHERE p."id" = "postback_id"));
-- The made-up event of a test fire may have no click: it belongs to who owns the postback.
ALTER TABLE "event" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "event" FOR SELECT TO volley_affiliate USING (
  EXISTS (SELECT FROM "click" c WHERE c."id" = "click_row_id")
  OR ("test" AND EXISTS (SELECT FROM "postback" p WHERE p."event_id" = "event"."id")));
ALTER TABLE "event_head" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "event_head" FOR SELECT TO volley_affiliate
  USING (EXISTS (SELECT FROM "event" e WHERE e."id" = "event_id"));

-- Closed, and no grant that is made by mistake opens them.
ALTER TABLE "api_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "installation" ENABLE ROW LEVEL SECURITY;
