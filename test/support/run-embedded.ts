// Run as a process of its own: starts what argv[3] names on the data directory argv[2], prints one
// JSON line about it, and waits to be killed.
import { claimDataDir } from '../../src/embedded/pid-file.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { startRedis } from '../../src/embedded/redis.ts';

const [dataDir = '', what = ''] = process.argv.slice(2);
const log = () => {};

const started: { postgres?: string; redis?: string } = {};
if (what.includes('claim')) await claimDataDir(dataDir);
if (what.includes('postgres')) {
  started.postgres = (await startPostgres({ dataDir, log, durable: false })).url;
}
if (what.includes('redis')) started.redis = (await startRedis({ dataDir, log })).url;

process.stdout.write(`${JSON.stringify(started)}\n`);
setInterval(() => {}, 60_000);
