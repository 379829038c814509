// Measures Volley beside what else one could use and beside the limits of the machine, in the same run.
//   npm run bench -- [name...] [--quick] [--json FILE] [--keep]
// --keep writes the results where later runs compare with them, bench/results, and shows them in bench/README.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { readArguments, UsageError } from './support/arguments.ts';
import type { Bench, Result } from './support/bench.ts';
import { installPeers } from './support/install-peers.ts';
import { type Committed, withCommitted } from './support/results-page.ts';
import { tablesOf } from './support/table.ts';

/** In the order they run; each is a file of that name beside this one, exporting `bench`. */
const NAMES = [
  'drain',
  'punctual',
  'accept',
  'yoga',
  'click',
  'fan-out',
  'report',
  'recover',
  'idle',
].filter((name) => existsSync(join(import.meta.dirname, `${name}.ts`)));

const RESULTS = join(import.meta.dirname, 'results');
const PAGE = join(import.meta.dirname, 'README.md');

async function main(): Promise<void> {
  const { names, quick, keep, json } = readArguments(process.argv.slice(2), NAMES);
  await installPeers(say);
  const all: Result[] = [];
  for (const name of names) {
    const { bench }: { bench: Bench } = await import(`./${name}.ts`);
    const began = performance.now();
    say(`${name}: ${bench.summary}`);
    say(`load average before: ${loadavg()[0]?.toFixed(2)}`);
    const results = await bench.run({ quick, progress: say });
    say(`${name} took ${((performance.now() - began) / 1000).toFixed(0)} s`);
    const file = join(RESULTS, `${name}${quick ? '.quick' : ''}.json`);
    process.stdout.write(`\n## ${name}\n\n${tablesOf(results, readResults(file))}\n\n`);
    if (keep) writeResults(file, results);
    all.push(...results);
  }
  if (keep) writeFileSync(PAGE, withCommitted(readFileSync(PAGE, 'utf8'), readCommitted()));
  if (json) writeResults(json, all);
}

/** Of each bench those of its full run, else those of a quick one. */
function readCommitted(): Committed[] {
  return NAMES.flatMap((name) => {
    const full = readResults(join(RESULTS, `${name}.json`));
    const results = full.length > 0 ? full : readResults(join(RESULTS, `${name}.quick.json`));
    return results.length > 0 ? [{ name, isQuick: full.length === 0, results }] : [];
  });
}

function readResults(file: string): Result[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

function writeResults(file: string, results: Result[]): void {
  if (file.startsWith(RESULTS)) mkdirSync(RESULTS, { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** Beside the tables, so that those can be piped elsewhere. */
function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof UsageError)) throw thrown;
  process.stderr.write(`bench: ${thrown.message}\n`);
  process.exitCode = 2;
}
