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
  endTime: number;
};

const at = process.argv.indexOf('--count');
const count = at < 0 ? 20_000 : Number(process.argv[at + 1]);
const directory = mkdtempSync(join(tmpdir(), 'volley-profile-'));
await using services = await startServices();
await using sink = await startSink(200);
const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`, '--cpu-prof-interval=500'];
await using volley = await openVolley({ services, origins: sink.origins }, { flags });
const load = { count, warmUp: 2_000, withinMs: 60_000 };
const figures = await driveHerd(volley, { services, sink }, load);
console.log(figures);
// A profile is written by a process that ends by itself.
await volley.stop?.();
const endedAtMs = Date.now();
const [file = ''] = readdirSync(directory);
const profile: Profile = JSON.parse(readFileSync(join(directory, file), 'utf8'));
rmSync(directory, { recursive: true });

const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
const byFunction = new Map<string, number>();
const byPart = new Map<string, number>();
const byFile = new Map<string, number>();
let busyUs = 0;
let atUs = profile.startTime;
for (const [index, id] of profile.samples.entries()) {
  const { functionName, url, lineNumber } = frames.get(id) as Frame;
  const us = profile.timeDeltas[index] ?? 0;
  atUs += us;
  const lateMs = endedAtMs - (profile.endTime - atUs) / 1000 - figures.dueAtMs;
  if (lateMs < 0 || lateMs > figures.max) continue;
  if (functionName === '(idle)' || functionName === '(root)') continue;
  const place = url.replace(/^.*\/(?=(src|node_modules)\/)/, '').replace('node_modules/', '');
  busyUs += us;
  add(
    byFunction,
    `${functionName || '(anonymous)'} ${place}${place ? `:${lineNumber + 1}` : ''}`,
    us,
  );
  add(byPart, partOf(place, functionName), us);
  add(byFile, place || functionName, us);
}
const share = ((100 * busyUs) / (figures.max * 1000)).toFixed(0);
console.log(`\nbusy ${share} % of the time from the first to the last call`);
for (const [title, sums, top] of [
  ['part', byPart, 20],
  ['file', byFile, 40],
  ['function', byFunction, 70],
] as const) {
  console.log(`\n| us a postback | share | ${title} |\n|---:|---:|---|`);
  for (const [name, us] of [...sums].sort((one, other) => other[1] - one[1]).slice(0, top)) {
    console.log(`| ${(us / count).toFixed(2)} | ${((100 * us) / busyUs).toFixed(1)} % | ${name} |`);
  }
}

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}

/** A package, a folder of ours, or Node itself. */
function partOf(place: string, functionName: string): string {
  if (place.startsWith('src/')) return place.split('/').slice(0, 2).join('/');
  if (place.startsWith('node:') || place.startsWith('wasm:')) return place.slice(0, 4);
  return place.split('/')[0] || functionName;
}
