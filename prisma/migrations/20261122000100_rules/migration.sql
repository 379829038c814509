-- What Prisma's model cannot express: the one clock, partial indexes, checks, and the rows every installation has.

-- The only clock that writes due times. Tests replace this function to move time; nothing else reads now() for a decision.
CREATE FUNCTION volley_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT now() $$;

-- Redis scores are whole milliseconds: rounding up keeps a claim from ever being early.
CREATE FUNCTION volley_ms(t timestamptz) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT ceil(extract(epoch FROM t) * 1000)::double precision $$;

-- Once only per (pixel, event revision); replays and test fires stand outside that.
CREATE UNIQUE INDEX "postback_once_only" ON "postback" ("pixel_id", "event_id")
  WHERE "replay_of_id" IS NULL AND NOT "test";

-- What the queue is rebuilt from.
CREATE INDEX "postback_open_next_attempt" ON "postback" ("next_attempt_at") WHERE "state" = 'OPEN';

-- Events that wait for their click.
CREATE INDEX "event_awaiting_click" ON "event" ("click_id") WHERE "unattributed" = 'CLICK_UNKNOWN';

-- A number is decided once; every further outcome under it is a superseded one.
CREATE UNIQUE INDEX "postback_attempt_decided" ON "postback_attempt" ("postback_id", "number")
  WHERE NOT "superseded";

ALTER TABLE "integration" ADD CONSTRAINT "integration_delay" CHECK ("delay_seconds" BETWEEN 5 AND 300);
ALTER TABLE "pixel" ADD CONSTRAINT "pixel_attempts" CHECK ("max_attempts" BETWEEN 1 AND 12);
ALTER TABLE "postback" ADD CONSTRAINT "postback_open_has_next"
  CHECK (("state" = 'OPEN') = ("next_attempt_at" IS NOT NULL));

-- Finished postbacks are updated in place by every attempt: leave room for it.
ALTER TABLE "postback" SET (fillfactor = 75);

-- The built-in default integration: used by events that name none and whose key has none.
INSERT INTO "integration" ("id", "name", "delay_seconds")
  VALUES ('00000000-0000-7000-8000-000000000001', 'Default', 5);

INSERT INTO "event_type" ("id", "code", "name") VALUES
  ('00000000-0000-7000-8000-000000000101', 'Signup', 'Signup'),
  ('00000000-0000-7000-8000-000000000102', 'Lead', 'Lead'),
  ('00000000-0000-7000-8000-000000000103', 'FirstDeposit', 'First deposit'),
  ('00000000-0000-7000-8000-000000000104', 'Deposit', 'Deposit'),
  ('00000000-0000-7000-8000-000000000105', 'Withdrawal', 'Withdrawal'),
  ('00000000-0000-7000-8000-000000000106', 'Qualified', 'Qualified'),
  ('00000000-0000-7000-8000-000000000107', 'Sale', 'Sale'),
  ('00000000-0000-7000-8000-000000000108', 'Install', 'Install');

-- Names the Redis keys of this database, so that several may share one Redis.
INSERT INTO "installation" ("id") VALUES (gen_random_uuid());
