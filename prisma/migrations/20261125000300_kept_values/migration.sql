-- Where the values of a call came from stays true when names and secrets change afterwards.
ALTER TABLE "postback_attempt" ADD COLUMN     "kept" JSONB;
