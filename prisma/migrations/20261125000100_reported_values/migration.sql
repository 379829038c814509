-- What reports and visits may say beside amount and click: payout, customer, referrer.
ALTER TABLE "click" ADD COLUMN     "referrer" TEXT;

-- AlterTable
ALTER TABLE "event" ADD COLUMN     "customer_id" TEXT,
ADD COLUMN     "payout" DECIMAL(30,10),
ADD COLUMN     "payout_currency" TEXT;
