-- AlterTable
ALTER TABLE "postback_attempt" ADD COLUMN     "outcome_id" UUID;

-- CreateIndex
CREATE UNIQUE INDEX "postback_attempt_outcome" ON "postback_attempt"("outcome_id");
