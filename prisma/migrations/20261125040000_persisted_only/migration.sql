-- Whether a key may run persisted operations only.
-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "persisted_only" BOOLEAN NOT NULL DEFAULT false;
