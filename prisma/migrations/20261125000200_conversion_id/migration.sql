-- {conversion_id} is the same for every revision of a conversion: each of them knows the first one.
ALTER TABLE "event" ADD COLUMN     "conversion_id" UUID;
ALTER TABLE "event_head" ADD COLUMN     "conversion_id" UUID;

UPDATE "event_head" h SET "conversion_id" = e."id" FROM "event" e
WHERE e."revision" = 1
  AND (e."integration_id", e."type", e."transaction_id") = (h."integration_id", h."type", h."transaction_id");
UPDATE "event" e SET "conversion_id" = h."conversion_id" FROM "event_head" h
WHERE e."revision" > 1
  AND (e."integration_id", e."type", e."transaction_id") = (h."integration_id", h."type", h."transaction_id");

ALTER TABLE "event_head" ALTER COLUMN "conversion_id" SET NOT NULL;
