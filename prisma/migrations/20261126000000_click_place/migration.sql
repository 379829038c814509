-- Where the visitor's address is, as the operator's geographic database says; null without one.
ALTER TABLE "click" ADD COLUMN     "city" TEXT,
ADD COLUMN     "country" TEXT,
ADD COLUMN     "region" TEXT;
