-- CreateEnum
CREATE TYPE "job_kind" AS ENUM ('BACKFILL', 'REPLAY');

-- CreateEnum
CREATE TYPE "job_status" AS ENUM ('PLANNED', 'RUNNING', 'DONE', 'CANCELLED', 'FAILED');

-- AlterTable
ALTER TABLE "affiliate" ADD COLUMN     "pixels_need_approval" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "click" ADD COLUMN     "affclickid" TEXT,
ADD COLUMN     "is_bot" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "event" ADD COLUMN     "previous_status" "event_status";

-- AlterTable
ALTER TABLE "event_head" ADD COLUMN     "previous_status" "event_status";

-- AlterTable
ALTER TABLE "pixel" ADD COLUMN     "rejection" TEXT;

-- AlterTable
ALTER TABLE "pixel_version" ADD COLUMN     "approved" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "author" TEXT,
ADD COLUMN     "author_role" "role",
ADD COLUMN     "changes" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "postback" ADD COLUMN     "finished_at" TIMESTAMPTZ(6),
ADD COLUMN     "job_id" UUID,
ADD COLUMN     "last_status_code" INTEGER;

-- CreateTable
CREATE TABLE "pixel_secret" (
    "id" UUID NOT NULL,
    "pixel_id" UUID NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6),

    CONSTRAINT "pixel_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job" (
    "id" UUID NOT NULL,
    "kind" "job_kind" NOT NULL,
    "status" "job_status" NOT NULL DEFAULT 'PLANNED',
    "affiliate_id" UUID,
    "pixel_id" UUID,
    "input" JSONB NOT NULL,
    "total" INTEGER NOT NULL,
    "processed" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "skipped" JSONB NOT NULL DEFAULT '{}',
    "position" UUID,
    "message" TEXT,
    "author" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "pixel_secret_pixel_id_idx" ON "pixel_secret"("pixel_id");

-- CreateIndex
CREATE INDEX "job_affiliate_id_id_idx" ON "job"("affiliate_id", "id");

-- CreateIndex
CREATE INDEX "job_pixel_id_idx" ON "job"("pixel_id");

-- AddForeignKey
ALTER TABLE "pixel_secret" ADD CONSTRAINT "pixel_secret_pixel_id_fkey" FOREIGN KEY ("pixel_id") REFERENCES "pixel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job" ADD CONSTRAINT "job_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job" ADD CONSTRAINT "job_pixel_id_fkey" FOREIGN KEY ("pixel_id") REFERENCES "pixel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback" ADD CONSTRAINT "postback_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- By hand from here: rows that are there already, and what Prisma's model cannot express.

UPDATE "postback" p SET
  "finished_at" = CASE WHEN p."state" <> 'OPEN' THEN coalesce(last."ended_at", p."created_at") END,
  "last_status_code" = last."status_code"
FROM "postback" q
LEFT JOIN LATERAL (
  SELECT a."status_code", a."started_at" + make_interval(secs => a."duration_ms" / 1000.0) AS "ended_at"
  FROM "postback_attempt" a WHERE a."postback_id" = q."id" ORDER BY a."id" DESC LIMIT 1
) last ON true
WHERE q."id" = p."id";

ALTER TABLE "postback" ADD CONSTRAINT "postback_finished_is_not_open"
  CHECK (("state" = 'OPEN') = ("finished_at" IS NULL));

-- Entry values of 1,024 characters may be longer than a B-tree entry: a hash has no such limit.
UPDATE "click" SET "affclickid" = (
  SELECT p->>'value' FROM jsonb_array_elements("parameters") p WHERE p->>'name' = 'affclickid' LIMIT 1
);
CREATE INDEX "click_affclickid" ON "click" USING hash ("affclickid") WHERE "affclickid" IS NOT NULL;

CREATE INDEX "postback_of_job" ON "postback" ("job_id") WHERE "job_id" IS NOT NULL;

-- What workers look for every second.
CREATE INDEX "job_running" ON "job" ("id") WHERE "status" = 'RUNNING';
