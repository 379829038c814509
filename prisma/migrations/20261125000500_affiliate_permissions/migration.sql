-- Visitor data and raw values are granted per affiliate; nobody has them until an ADMIN says so.
CREATE TYPE "affiliate_permission" AS ENUM ('VISITOR_DATA', 'RAW_VALUES');

-- AlterTable
ALTER TABLE "affiliate" ADD COLUMN     "permissions" "affiliate_permission"[] NOT NULL DEFAULT ARRAY[]::"affiliate_permission"[];
