-- CreateIndex
CREATE INDEX "postback_affiliate_id_due_at_id_idx" ON "postback"("affiliate_id", "due_at", "id");

-- By hand from here: what did not go out is rare, and looked for more than anything else. A list of all, and of an
-- affiliate, begins at its newest row instead of passing over what was delivered.
CREATE INDEX "postback_not_delivered" ON "postback" ("state", "id")
  WHERE "state" IN ('FAILED', 'SKIPPED', 'CANCELLED');
CREATE INDEX "postback_not_delivered_of" ON "postback" ("affiliate_id", "state", "id")
  WHERE "state" IN ('FAILED', 'SKIPPED', 'CANCELLED');
