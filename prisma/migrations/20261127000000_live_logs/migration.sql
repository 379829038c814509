-- The transaction that committed a row: with the id its place in the live log. What was stored before this migration
-- was never live, and is before the log: 0, which rewrites no table.
ALTER TABLE "click" ADD COLUMN "xact" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "click" ALTER COLUMN "xact" SET DEFAULT ((pg_current_xact_id())::text)::bigint;
ALTER TABLE "event" ADD COLUMN "xact" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "event" ALTER COLUMN "xact" SET DEFAULT ((pg_current_xact_id())::text)::bigint;

-- By the transaction alone: all rows of one statement share an entry, so it stays small. Readers sort the few rows of
-- a transaction themselves.
CREATE INDEX "click_log" ON "click"("xact") WHERE "xact" > 0;
CREATE INDEX "event_log" ON "event"("xact") WHERE "xact" > 0;
