// What the live log costs the insert of clicks (docs/decisions/0022): the same batches with no log, with the index of it
// as it is, and with one of (xact, id), in turn on one table, so that all meet the same machine.
//   node bench/live-columns.ts [rounds]
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { withShadowDatabase } from '../scripts/shadow-database.ts';
import { systemIds } from '../src/platform/ids.ts';
import { insertClicks, type NewClick } from '../src/store/clicks.ts';
import { migrate } from '../src/store/migrate.ts';

const ROUNDS = Number(process.argv[2] ?? 15);
const BATCHES = 60;
const XACT = '(pg_current_xact_id()::text)::bigint';
const VARIANTS = {
  'no log': `ALTER TABLE click ALTER xact SET DEFAULT 0`,
  '(xact)': `ALTER TABLE click ALTER xact SET DEFAULT ${XACT};
    CREATE INDEX click_log ON click (xact) WHERE xact > 0`,
  '(xact, id)': `ALTER TABLE click ALTER xact SET DEFAULT ${XACT};
    CREATE INDEX click_log ON click (xact, id) WHERE xact > 0`,
};

await withShadowDatabase(async (databaseUrl) => {
  await migrate(databaseUrl);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const [affiliateId, offerId, campaignId] = [randomUUID(), randomUUID(), randomUUID()] as const;
  await client.query(`
    INSERT INTO affiliate (id, affid, name, kind) VALUES ('${affiliateId}', '101', '101', 'AFFILIATE');
    INSERT INTO offer (id, code, name) VALUES ('${offerId}', 'o', 'o');
    INSERT INTO campaign (id, code, name, offer_id, landing_url)
    VALUES ('${campaignId}', '2001', 'c', '${offerId}', 'https://brand.example/')`);
  const makeClick = (): NewClick => ({
    ...{ id: systemIds.row(), clickId: systemIds.click(), affiliateId, campaignId },
    entryUrl: '/click?affid=101&campaign=2001&affclickid=1122223444455565666',
    parameters: [{ name: 'affclickid', value: '1122223444455565666' }],
    ...{ warnings: [], ip: '192.0.2.1', userAgent: 'Mozilla/5.0', createdAt: new Date() },
  });

  console.log(
    '| clicks a statement | log | µs a click (median) | bytes of index a click |\n|---:|---|---:|---:|',
  );
  for (const size of [1, 100]) {
    const took: Record<string, number[]> = {};
    const bytes: Record<string, string> = {};
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, statements] of Object.entries(VARIANTS)) {
        await client.query(`DROP INDEX IF EXISTS click_log; ${statements}; CHECKPOINT`);
        const { rows } = await client.query(`SELECT
          coalesce(pg_relation_size(to_regclass('click_log')), 0)::float / greatest(count(*) FILTER (WHERE xact > 0), 1) AS of
          FROM click`);
        bytes[name] = rows[0].of.toFixed(1);
        for (let n = 0; n < BATCHES; n += 1) {
          const batch = Array.from({ length: size }, makeClick);
          const begun = performance.now();
          await insertClicks(client as never, batch);
          took[name] ??= [];
          took[name].push(((performance.now() - begun) * 1000) / size);
        }
      }
    }
    for (const [name, times] of Object.entries(took)) {
      console.log(
        `| ${size} | ${name} | ${times.sort((a, b) => a - b)[times.length >> 1]?.toFixed(1)} | ${bytes[name]} |`,
      );
    }
  }
  const { rows } = await client.query(`SELECT count(*) FROM click`);
  console.log(`${rows[0].count} clicks in the end`);
  await client.end();
});
