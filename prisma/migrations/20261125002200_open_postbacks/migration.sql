-- Indexes of open postbacks alone, which Prisma's model cannot express: they are few, whatever the table holds.

-- What the queue is filled from, page by page in due order and from the index alone.
DROP INDEX "postback_open_next_attempt";
CREATE INDEX "postback_open_next_attempt" ON "postback" ("next_attempt_at", "id")
  INCLUDE ("affiliate_id", "pixel_id", "pixel_version") WHERE "state" = 'OPEN';

-- How many wait for a destination, by the versions that go there.
CREATE INDEX "postback_open_of_version" ON "postback" ("pixel_id", "pixel_version") WHERE "state" = 'OPEN';

-- What it calls is no more than stable, and so was never inlined: a call for each row instead of an expression.
CREATE OR REPLACE FUNCTION volley_ms(t timestamptz) RETURNS double precision LANGUAGE sql STABLE STRICT
  AS $$ SELECT ceil(extract(epoch FROM t) * 1000)::double precision $$;
