-- CreateEnum
CREATE TYPE "breaker_state" AS ENUM ('CLOSED', 'OPEN', 'HALF_OPEN');

-- CreateEnum
CREATE TYPE "held_reason" AS ENUM ('FAILING', 'RETRY_AFTER');

-- AlterTable
ALTER TABLE "pixel_version" ADD COLUMN     "destination_id" UUID;

-- AlterTable
ALTER TABLE "postback" ADD COLUMN     "crashes" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "destination" (
    "id" UUID NOT NULL,
    "affiliate_id" UUID NOT NULL,
    "origin" TEXT NOT NULL,
    "breaker" "breaker_state" NOT NULL DEFAULT 'CLOSED',
    "held_until" TIMESTAMPTZ(6),
    "held_reason" "held_reason",
    "held_since" TIMESTAMPTZ(6),
    "trips" INTEGER NOT NULL DEFAULT 0,
    "last_failure" TEXT,
    "changed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "destination_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "destination_affiliate_id_id_idx" ON "destination"("affiliate_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "destination_affiliate_id_origin_key" ON "destination"("affiliate_id", "origin");

-- CreateIndex
CREATE INDEX "pixel_version_destination_id_idx" ON "pixel_version"("destination_id");

-- AddForeignKey
ALTER TABLE "pixel_version" ADD CONSTRAINT "pixel_version_destination_id_fkey" FOREIGN KEY ("destination_id") REFERENCES "destination"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "destination" ADD CONSTRAINT "destination_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- By hand from here.

-- What is there already goes where its URL says; default ports are left out, as `new URL(url).origin` does.
CREATE FUNCTION volley_origin(url text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT regexp_replace(regexp_replace(lower(substring(url from '^[a-zA-Z]+://[^/?#]*')),
    '^(https://.*):443$', '\1'), '^(http://.*):80$', '\1') $$;
INSERT INTO "destination" ("id", "affiliate_id", "origin")
  SELECT DISTINCT ON (x."affiliate_id", volley_origin(v."url")) gen_random_uuid(), x."affiliate_id", volley_origin(v."url")
  FROM "pixel_version" v JOIN "pixel" x ON x."id" = v."pixel_id";
UPDATE "pixel_version" v SET "destination_id" = d."id" FROM "pixel" x, "destination" d
  WHERE x."id" = v."pixel_id" AND d."affiliate_id" = x."affiliate_id" AND d."origin" = volley_origin(v."url");
DROP FUNCTION volley_origin;
ALTER TABLE "pixel_version" ALTER COLUMN "destination_id" SET NOT NULL;

-- Held is one thing, whichever way it is asked.
ALTER TABLE "destination" ADD CONSTRAINT "destination_held" CHECK (
  ("held_until" IS NULL) = ("held_reason" IS NULL) AND ("held_until" IS NULL) = ("held_since" IS NULL)
  AND ("breaker" = 'CLOSED' OR "held_until" IS NOT NULL));

-- What every worker reads each second: few rows.
CREATE INDEX "destination_is_held" ON "destination" ("id") WHERE "held_until" IS NOT NULL;
CREATE INDEX "pixel_is_limited" ON "pixel" ("id") WHERE "max_per_second" IS NOT NULL;

-- An affclickid without a value is none.
UPDATE "click" SET "affclickid" = NULL WHERE "affclickid" = '';

-- What viewers of holds ask for twice a second.
CREATE INDEX "destination_changed" ON "destination" ("changed_at");
