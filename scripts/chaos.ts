// npm run chaos -- [--minutes 30] [--seed N] [--fault N]: every fault as often as docs/reliability.md says, then
// everything at once for so many minutes; or one fault alone.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    fault: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const fault = values.fault === undefined ? null : Number(values.fault);
if (!(minutes > 0) || !isCount(seed) || (fault !== null && !(isCount(fault) && fault <= 28))) {
  console.error(
    'usage: npm run chaos -- [--minutes 30] [--seed N] [--fault 1 to 28], numbers of 0 or more',
  );
  process.exit(2);
}
const chosen = fault === null ? '' : ` --fault ${fault}`;
console.log(`chaos; to repeat it: npm run chaos -- --minutes ${minutes} --seed ${seed}${chosen}`);
// Titles begin with "fault 5: ..." or "faults 15, 16: ...".
const filter = fault === null ? [] : ['-t', `faults? (\\d+, )*${fault}\\b`];
const { status } = spawnSync(
  'vitest',
  ['run', '--project', 'faults', '--project', 'figures', '--reporter', 'verbose', ...filter],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      FAULTS_FULL: '1',
      FAULTS_SEED: String(seed),
      CHAOS_SECONDS: String(minutes * 60),
    },
  },
);
process.exitCode = status ?? 1;

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
