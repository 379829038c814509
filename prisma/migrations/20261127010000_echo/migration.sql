-- CreateTable
CREATE TABLE "echo_receiver" (
    "id" UUID NOT NULL,
    "affiliate_id" UUID NOT NULL,
    "token" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "echo_receiver_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "echo_call" (
    "id" UUID NOT NULL,
    "receiver_id" UUID NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "headers" JSONB NOT NULL,
    "headers_cut" BOOLEAN NOT NULL,
    "body" TEXT,
    "body_bytes" INTEGER NOT NULL,
    "address" TEXT,
    "status" INTEGER NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "xact" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,

    CONSTRAINT "echo_call_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "echo_receiver_affiliate_id_key" ON "echo_receiver"("affiliate_id");

-- CreateIndex
CREATE INDEX "echo_call_receiver_id_id_idx" ON "echo_call"("receiver_id", "id");

-- CreateIndex
CREATE INDEX "echo_call_received_at_idx" ON "echo_call"("received_at");

-- AddForeignKey
ALTER TABLE "echo_receiver" ADD CONSTRAINT "echo_receiver_affiliate_id_fkey" FOREIGN KEY ("affiliate_id") REFERENCES "affiliate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "echo_call" ADD CONSTRAINT "echo_call_receiver_id_fkey" FOREIGN KEY ("receiver_id") REFERENCES "echo_receiver"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand from here.

-- Looked up by digest: how far a wrong token agrees with a right one shows in no time that a look takes.
CREATE UNIQUE INDEX "echo_receiver_token" ON "echo_receiver" (sha256("token"));
ALTER TABLE "echo_receiver" ADD CONSTRAINT "echo_receiver_token_bits" CHECK (length("token") >= 16);

-- Read in commit order by the live log: all rows of one transaction are one entry.
CREATE INDEX "echo_call_log" ON "echo_call" ("xact") WHERE "xact" > 0;

-- An affiliate sees its own and those of the affiliates below it, and makes and deletes its own.
GRANT SELECT, INSERT, DELETE ON "echo_receiver" TO volley_affiliate;
ALTER TABLE "echo_receiver" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "echo_receiver" FOR SELECT TO volley_affiliate
  USING ("affiliate_id" = ANY ((SELECT volley_visible_affiliates())::uuid[]));
CREATE POLICY "made" ON "echo_receiver" FOR INSERT TO volley_affiliate
  WITH CHECK ("affiliate_id" = (SELECT volley_own_affiliate()));
CREATE POLICY "removed" ON "echo_receiver" FOR DELETE TO volley_affiliate
  USING ("affiliate_id" = (SELECT volley_own_affiliate()));

GRANT SELECT ON "echo_call" TO volley_affiliate;
ALTER TABLE "echo_call" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "seen" ON "echo_call" FOR SELECT TO volley_affiliate
  USING (EXISTS (SELECT FROM "echo_receiver" r WHERE r."id" = "receiver_id"));

CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "echo_receiver"
  FOR EACH ROW WHEN (volley_acts()) EXECUTE FUNCTION volley_audit('EchoReceiver', 'id');
