// Where a worker's time goes while a herd is drained: self time by function and by file, in microseconds a postback.
//   node bench/profile.ts [--count 20000]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVolley } from './support/contender.ts';
import { driveHerd } from './support/herd.ts';
import { startServices } from './support/services.ts';
import { startSink } from './support/sink.ts';

type Frame = { functionName: string; url: string; lineNumber: number };
type Profile = {
  nodes: { id: number; callFrame: Frame }[];
  samples: number[];
  timeDeltas: number[];
  startTime: number;
};

const at = process.argv.indexOf('--count');
const count = at < 0 ? 20_000 : Number(process.argv[at + 1]);
const directory = mkdtempSync(join(tmpdir(), 'volley-profile-'));
await using services = await startServices();
await using sink = await startSink(200);
{
  const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`, '--cpu-prof-interval=500'];
  await using volley = await openVolley({ services, origins: sink.origins }, { flags });
  const figures = await driveHerd(
    volley,
    { services, sink },
    { count, warmUp: 2_000, withinMs: 60_000 },
  );
  console.log(figures);
  // A profile is written by a process that ends by itself.
  await volley.stop?.();
}
const [file = ''] = readdirSync(directory);
const profile: Profile = JSON.parse(readFileSync(join(directory, file), 'utf8'));
rmSync(directory, { recursive: true });

const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
const byFunction = new Map<string, number>();
const byFile = new Map<string, number>();
let busyUs = 0;
for (const [index, id] of profile.samples.entries()) {
  const { functionName, url, lineNumber } = frames.get(id) as Frame;
  if (functionName === '(idle)' || functionName === '(root)') continue;
  const us = profile.timeDeltas[index] ?? 0;
  const place = url.replace(/^.*\/(?=(src|node_modules)\/)/, '').replace('node_modules/', '');
  busyUs += us;
  add(
    byFunction,
    `${functionName || '(anonymous)'} ${place}${place ? `:${lineNumber + 1}` : ''}`,
    us,
  );
  add(byFile, place || functionName, us);
}
const postbacks = count + 2_000;
console.log(
  `\nbusy ${(busyUs / 1000).toFixed(0)} ms of the whole life of the process, start included`,
);
for (const [title, sums, top] of [
  ['file', byFile, 45],
  ['function', byFunction, 70],
] as const) {
  console.log(`\n| us a postback | share | ${title} |\n|---:|---:|---|`);
  for (const [name, us] of [...sums].sort((one, other) => other[1] - one[1]).slice(0, top)) {
    console.log(
      `| ${(us / postbacks).toFixed(2)} | ${((100 * us) / busyUs).toFixed(1)} % | ${name} |`,
    );
  }
}

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}
