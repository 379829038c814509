// Where a process' time goes while it works: self time by part, file and function, in microseconds each.
//   node bench/profile.ts drain|accept|bulk|click|yoga|report [--count 20000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVolley } from './support/contender.ts';
import { driveHerd } from './support/herd.ts';
import { startLoad } from './support/load.ts';
import {
  bulkReports,
  clickLoad,
  emptyQuery,
  oneReport,
  type Requests,
  reportPage,
  seedForLoads,
  seedForReport,
} from './support/loads.ts';
import { readProfile, type Window } from './support/read-profile.ts';
import { startServices } from './support/services.ts';
import { startSink } from './support/sink.ts';
import { startVolley } from './support/volley.ts';

const LOADS = {
  ...{ accept: oneReport, bulk: bulkReports, click: clickLoad, yoga: emptyQuery },
  report: reportPage,
};
const SECONDS = 8;

const work = process.argv[2] ?? 'drain';
const at = process.argv.indexOf('--count');
const count = at < 0 ? 20_000 : Number(process.argv[at + 1]);
const load = LOADS[work as keyof typeof LOADS];
if (!load && work !== 'drain') {
  throw new Error(`there is no ${work}: drain, ${Object.keys(LOADS).join(', ')}`);
}

const directory = mkdtempSync(join(tmpdir(), 'volley-profile-'));
const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`, '--cpu-prof-interval=500'];
await using services = await startServices();
const window = load ? await profileApi(load) : await profileDrain();
console.log(readProfile(directory, window));
rmSync(directory, { recursive: true });

async function profileDrain(): Promise<Window> {
  await using sink = await startSink(200);
  await using volley = await openVolley({ services, origins: sink.origins }, { flags });
  const load = { count, warmUp: 2_000, withinMs: 60_000 };
  const figures = await driveHerd(volley, { services, sink }, load);
  console.log(figures);
  // A profile is written by a process that ends by itself.
  await volley.stop?.();
  const { dueAtMs, max } = figures;
  return { fromMs: dueAtMs, toMs: dueAtMs + max, endedAtMs: Date.now(), count };
}

async function profileApi(requests: Requests): Promise<Window> {
  const databaseUrl = await (work === 'report' ? seedForReport : seedForLoads)(services);
  await using generator = await startLoad();
  await using volley = await startVolley({ services, databaseUrl, role: 'api', flags });
  const figures = await generator.drive({
    ...requests,
    ...{ url: volley.url, seconds: SECONDS, warmUpSeconds: 3 },
  });
  const toMs = Date.now();
  console.log(figures);
  await volley.stop();
  return { fromMs: toMs - SECONDS * 1000, toMs, endedAtMs: Date.now(), count: figures.answered };
}
