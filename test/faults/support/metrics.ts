import { setTimeout as sleep } from 'node:timers/promises';
import type { Volley } from '../../support/process.ts';
import type { Resource } from './checker.ts';

/** What must be nothing once everything is decided. */
const PENDING = /^volley_(postbacks_in_flight|coalescer_depth)/;
const WAIT_MS = 5_000;

/** What processes still have in hand although everything is decided, and which of them are gone. */
export async function pendingIn(processes: Iterable<Volley>): Promise<Resource[]> {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const found = (await Promise.all([...processes].map(pendingOf))).flat();
    if (found.every(({ atEnd }) => atEnd === 0) || Date.now() > until) return found;
    await sleep(100);
  }
}

async function pendingOf(one: Volley): Promise<Resource[]> {
  const resource = (what: string, atEnd: number) => ({
    ...{ what: `${what} of process ${one.pid}`, atRest: 0, atEnd, slack: 0 },
  });
  if (await exitOf(one)) return [resource('the end, unasked,', 1)];
  const lines = (await metricsOf(one)).filter((line) => PENDING.test(line));
  if (lines.length === 0) return [resource('silence', 1)];
  return lines.map((line) => {
    const [name = '', value] = line.split(' ');
    return resource(name, Number(value));
  });
}

/** What a process measures of itself, a line each; none when it does not answer. */
export async function metricsOf({ url }: Volley): Promise<string[]> {
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(3_000) })
    .then((response) => response.text())
    .catch(() => '');
  return answer.split('\n').filter((line) => line.startsWith('volley_'));
}

/** The last lines of a process that are no routine, and what it says of itself. */
export async function troublesOf(one: Volley): Promise<string> {
  const metrics = (await metricsOf(one)).filter(
    (line) => /^volley_(post|coal|queue|dest)/.test(line) && !/_bucket|_sum/.test(line),
  );
  const troubles = one.output.split('\n').filter((line) => !/"level":(10|20|30)\b/.test(line));
  return [
    `process ${one.pid}: ${JSON.stringify(await exitOf(one))?.slice(-1_500)}`,
    ...metrics,
    troubles.slice(-12).join('\n').slice(-6_000),
  ].join('\n');
}

/** How it ended; null while it runs. */
function exitOf({ exited }: Volley): Promise<unknown> {
  return Promise.race([exited, sleep(20, null)]);
}

/** The process that has most calls under way. */
export async function busiestOf(processes: readonly Volley[]): Promise<Volley> {
  const loads = await Promise.all(
    processes.map(async (one) => {
      const line = (await metricsOf(one)).find((it) => it.startsWith('volley_postbacks_in_flight'));
      return { one, inFlight: Number(line?.split(' ')[1] ?? 0) };
    }),
  );
  const [busiest] = loads.sort((one, other) => other.inFlight - one.inFlight);
  if (!busiest) throw new Error('no process runs');
  return busiest.one;
}
