-- Where the log of attempts was at a time: rows come in nearly by when they were started, which is all that BRIN needs.
CREATE INDEX "postback_attempt_started" ON "postback_attempt" USING BRIN ("started_at");
