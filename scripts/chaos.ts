// npm run chaos -- [--minutes 30] [--seed N]: everything goes wrong at once, and the promises are checked.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!(minutes > 0) || !Number.isInteger(seed) || seed < 0) {
  console.error('usage: npm run chaos -- [--minutes 30] [--seed N], both numbers above 0');
  process.exit(2);
}
console.log(
  `chaos for ${minutes} min; to repeat it: npm run chaos -- --minutes ${minutes} --seed ${seed}`,
);
const { status } = spawnSync(
  'vitest',
  ['run', '--project', 'faults', 'test/faults/everything.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, CHAOS_SECONDS: String(minutes * 60), CHAOS_SEED: String(seed) },
  },
);
process.exitCode = status ?? 1;
