-- The tables of the outside contract: partners, offers, links, clicks, events, pixels, postbacks, attempts, keys.
-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "affiliate_kind" AS ENUM ('AFFILIATE', 'IB');

-- CreateEnum
CREATE TYPE "active_status" AS ENUM ('ACTIVE', 'PAUSED');

-- CreateEnum
CREATE TYPE "pixel_status" AS ENUM ('ACTIVE', 'PAUSED', 'PENDING_APPROVAL', 'DELETED');

-- CreateEnum
CREATE TYPE "pixel_scope" AS ENUM ('ALL_CAMPAIGNS', 'SPECIFIC_CAMPAIGNS');

-- CreateEnum
CREATE TYPE "unresolved_policy" AS ENUM ('EMPTY', 'OMIT_PARAM', 'SKIP', 'LITERAL');

-- CreateEnum
CREATE TYPE "http_method" AS ENUM ('GET', 'POST');

-- CreateEnum
CREATE TYPE "event_status" AS ENUM ('PENDING', 'APPROVED', 'REJECTED', 'REVERSED');

-- CreateEnum
CREATE TYPE "unattributed_reason" AS ENUM ('CLICK_MISSING', 'CLICK_MALFORMED', 'CLICK_UNKNOWN');

-- CreateEnum
CREATE TYPE "postback_state" AS ENUM ('OPEN', 'DELIVERED', 'FAILED', 'SKIPPED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('ADMIN', 'VIEWER', 'INTEGRATION', 'AFFILIATE');

-- CreateTable
CREATE TABLE "affiliate" (
    "id" UUID NOT NULL,
    "affid" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "affiliate_kind" NOT NULL,
    "status" "active_status" NOT NULL DEFAULT 'ACTIVE',
    "parent_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "affiliate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "offer" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "offer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "campaign" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "offer_id" UUID NOT NULL,
    "landing_url" TEXT NOT NULL,
    "status" "active_status" NOT NULL DEFAULT 'ACTIVE',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "campaign_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "integration" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "delay_seconds" INTEGER NOT NULL DEFAULT 5,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "integration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_type" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_type_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking_link" (
    "id" UUID NOT NULL,
    "affiliate_id" UUID NOT NULL,
    "campaign_id" UUID NOT NULL,
    "parameters" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tracking_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "click" (
    "id" UUID NOT NULL,
    "click_id" TEXT NOT NULL,
    "affiliate_id" UUID NOT NULL,
    "campaign_id" UUID NOT NULL,
    "entry_url" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "warnings" TEXT[],
    "ip" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "click_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_head" (
    "integration_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "status" "event_status" NOT NULL,
    "amount" DECIMAL(30,10),
    "currency" TEXT,
    "event_id" UUID NOT NULL,

    CONSTRAINT "event_head_pkey" PRIMARY KEY ("integration_id","type","transaction_id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "status" "event_status" NOT NULL,
    "revision" INTEGER NOT NULL,
    "amount" DECIMAL(30,10),
    "currency" TEXT,
    "transaction_id" TEXT,
    "click_id" TEXT,
    "click_row_id" UUID,
    "unattributed" "unattributed_reason",
    "occurred_at" TIMESTAMPTZ(6) NOT NULL,
    "test" BOOLEAN NOT NULL DEFAULT false,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pixel" (
    "id" UUID NOT NULL,
    "affiliate_id" UUID NOT NULL,
    "status" "pixel_status" NOT NULL DEFAULT 'ACTIVE',
    "version" INTEGER NOT NULL DEFAULT 1,
    "url" TEXT NOT NULL,
    "method" "http_method" NOT NULL DEFAULT 'GET',
    "body" TEXT,
    "trigger_event" TEXT NOT NULL,
    "scope" "pixel_scope" NOT NULL DEFAULT 'ALL_CAMPAIGNS',
    "statuses" "event_status"[] DEFAULT ARRAY['APPROVED']::"event_status"[],
    "unresolved" "unresolved_policy" NOT NULL DEFAULT 'EMPTY',
    "required" TEXT[],
    "max_click_age_seconds" INTEGER,
    "include_sub_partners" BOOLEAN NOT NULL DEFAULT false,
    "max_attempts" INTEGER NOT NULL DEFAULT 8,
    "max_per_second" INTEGER,
    "signed" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pixel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pixel_campaign" (
    "pixel_id" UUID NOT NULL,
    "campaign_id" UUID NOT NULL,

    CONSTRAINT "pixel_campaign_pkey" PRIMARY KEY ("pixel_id","campaign_id")
);

-- CreateTable
CREATE TABLE "pixel_version" (
    "pixel_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "url" TEXT NOT NULL,
    "method" "http_method" NOT NULL,
    "body" TEXT,
    "unresolved" "unresolved_policy" NOT NULL,
    "required" TEXT[],
    "signed" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pixel_version_pkey" PRIMARY KEY ("pixel_id","version")
);

-- CreateTable
CREATE TABLE "postback" (
    "id" UUID NOT NULL,
    "pixel_id" UUID NOT NULL,
    "pixel_version" INTEGER NOT NULL,
    "event_id" UUID NOT NULL,
    "affiliate_id" UUID NOT NULL,
    "campaign_id" UUID,
    "click_id" TEXT,
    "event_type" TEXT NOT NULL,
    "state" "postback_state" NOT NULL,
    "reason" TEXT,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "next_attempt_at" TIMESTAMPTZ(6),
    "attempts_made" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL,
    "fired_at" TIMESTAMPTZ(6),
    "final_url" TEXT,
    "replay_of_id" UUID,
    "test" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "postback_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "postback_attempt" (
    "id" BIGSERIAL NOT NULL,
    "xact" BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint,
    "postback_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "final_url" TEXT NOT NULL,
    "status_code" INTEGER,
    "error_kind" TEXT,
    "message" TEXT,
    "response_body" TEXT,
    "superseded" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "postback_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "affiliate_id" UUID,
    "integration_id" UUID,
    "secret_hash" BYTEA NOT NULL,
    "last_four" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" UUID NOT NULL,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "affiliate_affid_key" ON "affiliate"("affid");

-- CreateIndex
CREATE INDEX "affiliate_parent_id_idx" ON "affiliate"("parent_id");

-- CreateIndex
CREATE UNIQUE INDEX "offer_code_key" ON "offer"("code");

-- CreateIndex
CREATE UNIQUE INDEX "campaign_code_key" ON "campaign"("code");

-- CreateIndex
CREATE INDEX "campaign_offer_id_idx" ON "campaign"("offer_id");

-- CreateIndex
CREATE UNIQUE INDEX "integration_name_key" ON "integration"("name");

-- CreateIndex
CREATE UNIQUE INDEX "event_type_code_key" ON "event_type"("code");

-- CreateIndex
CREATE INDEX "tracking_link_affiliate_id_idx" ON "tracking_link"("affiliate_id");

-- CreateIndex
CREATE INDEX "tracking_link_campaign_id_idx" ON "tracking_link"("campaign_id");

-- CreateIndex
CREATE UNIQUE INDEX "click_click_id_key" ON "click"("click_id");

-- CreateIndex
CREATE INDEX "click_affiliate_id_id_idx" ON "click"("affiliate_id", "id");

-- CreateIndex
CREATE INDEX "click_campaign_id_id_idx" ON "click"("campaign_id", "id");

-- CreateIndex
CREATE INDEX "event_integration_id_id_idx" ON "event"("integration_id", "id");

-- CreateIndex
CREATE INDEX "event_click_row_id_idx" ON "event"("click_row_id");

-- CreateIndex
CREATE INDEX "pixel_affiliate_id_trigger_event_idx" ON "pixel"("affiliate_id", "trigger_event");

-- CreateIndex
CREATE INDEX "pixel_campaign_campaign_id_idx" ON "pixel_campaign"("campaign_id");

-- CreateIndex
CREATE INDEX "postback_affiliate_id_id_idx" ON "postback"("affiliate_id", "id");

-- CreateIndex
CREATE INDEX "postback_campaign_id_id_idx" ON "postback"("campaign_id", "id");

-- CreateIndex
CREATE INDEX "postback_pixel_id_id_idx" ON "postback"("pixel_id", "id");

-- CreateIndex
CREATE INDEX "postback_event_id_idx" ON "postback"("event_id");

-- CreateIndex
CREATE INDEX "postback_click_id_idx" ON "postback"("click_id");

-- CreateIndex
CREATE INDEX "postback_replay_of_id_idx" ON "postback"("replay_of_id");

-- CreateIndex
CREATE INDEX "postback_due_at_idx" ON "postback"("due_at");

-- CreateIndex
CREATE INDEX "postback_attempt_postback_id_number_idx" ON "postback_attempt"("postback_id", "number");

-- CreateIndex
CREATE INDEX "postback_attempt_xact_id_idx" ON "postback_attempt"("xact", "id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key"("secret_hash");

-- CreateIndex
CREATE INDEX "api_key_affiliate_id_idx" ON "api_key"("affiliate_id");

-- CreateIndex
CREATE INDEX "api_key_integration_id_idx" ON "api_key"("integration_id");

-- AddForeignKey
ALTER TABLE "affiliate" ADD CONSTRAINT "affiliate_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "campaign" ADD CONSTRAINT "campaign_offer_id_fkey" FOREIGN KEY ("offer_id") REFERENCES "offer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tracking_link" ADD CONSTRAINT "tracking_link_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tracking_link" ADD CONSTRAINT "tracking_link_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaign"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "click" ADD CONSTRAINT "click_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "click" ADD CONSTRAINT "click_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaign"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integration"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_click_row_id_fkey" FOREIGN KEY ("click_row_id") REFERENCES "click"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pixel" ADD CONSTRAINT "pixel_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pixel_campaign" ADD CONSTRAINT "pixel_campaign_pixel_id_fkey" FOREIGN KEY ("pixel_id") REFERENCES "pixel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pixel_campaign" ADD CONSTRAINT "pixel_campaign_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaign"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pixel_version" ADD CONSTRAINT "pixel_version_pixel_id_fkey" FOREIGN KEY ("pixel_id") REFERENCES "pixel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback" ADD CONSTRAINT "postback_pixel_id_fkey" FOREIGN KEY ("pixel_id") REFERENCES "pixel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback" ADD CONSTRAINT "postback_pixel_id_pixel_version_fkey" FOREIGN KEY ("pixel_id", "pixel_version") REFERENCES "pixel_version"("pixel_id", "version") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback" ADD CONSTRAINT "postback_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "event"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback" ADD CONSTRAINT "postback_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback" ADD CONSTRAINT "postback_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaign"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback" ADD CONSTRAINT "postback_replay_of_id_fkey" FOREIGN KEY ("replay_of_id") REFERENCES "postback"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "postback_attempt" ADD CONSTRAINT "postback_attempt_postback_id_fkey" FOREIGN KEY ("postback_id") REFERENCES "postback"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integration"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

