import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from './checker.ts';
import type { Cluster } from './cluster.ts';
import { heldMiB } from './held-memory.ts';
import { socketsOf } from './processes.ts';

/** How much more than at rest is no leak. */
const SLACK = { sockets: 15, MiB: 60, connections: 5 };
/** Delivery.md c, I8. */
const WAIT_MS = 60_000;

/** What a cluster has open; of its workers whichever has most. */
export async function openIn(cluster: Cluster): Promise<Omit<Resource, 'atEnd'>[]> {
  const { api, workers } = cluster;
  const held = await Promise.all(workers.map(heldMiB));
  const socketsOfWorkers = workers.map(({ pid }) => socketsOf(pid));
  const [row] = await cluster.sql(`
    SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'volley'`);
  return [
    { what: 'sockets of the API', atRest: socketsOf(api.pid), slack: SLACK.sockets },
    { what: 'sockets of a worker', atRest: Math.max(...socketsOfWorkers), slack: SLACK.sockets },
    { what: 'MiB of the API', atRest: await heldMiB(api), slack: SLACK.MiB },
    { what: 'MiB of a worker', atRest: Math.max(...held), slack: SLACK.MiB },
    { what: 'connections to PostgreSQL', atRest: Number(row?.count), slack: SLACK.connections },
  ];
}

/** What is open now beside what was at rest, once it is no more or after a minute. */
export async function leftOpen(
  cluster: Cluster,
  atRest: Omit<Resource, 'atEnd'>[],
): Promise<Resource[]> {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const now = await openIn(cluster);
    const found = atRest.map((it, at) => ({ ...it, atEnd: now[at]?.atRest ?? 0 }));
    const isClosed = found.every((it) => it.atEnd <= it.atRest + it.slack);
    if (isClosed || Date.now() > until) return found;
    await sleep(1_000);
  }
}
