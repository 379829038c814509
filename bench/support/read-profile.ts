import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Frame = { functionName: string; url: string; lineNumber: number };
type Profile = {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
  startTime: number;
  endTime: number;
};

/** A part of the life of the process, by the clock, and how many units of work it did then. */
export type Window = { fromMs: number; toMs: number; endedAtMs: number; count: number };

/**
 * Self time by part, file and function, in microseconds a unit, as tables in Markdown; and by the part on whose behalf
 * Node worked.
 */
export function readProfile(directory: string, { fromMs, toMs, endedAtMs, count }: Window): string {
  const [file = ''] = readdirSync(directory);
  const profile: Profile = JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const behalf = behalfOf(profile);
  const byPart = new Map<string, number>();
  const byBehalf = new Map<string, number>();
  const byFile = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busyUs = 0;
  let atUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id) as Frame;
    const us = profile.timeDeltas[index] ?? 0;
    atUs += us;
    const atMs = endedAtMs - (profile.endTime - atUs) / 1000;
    if (atMs < fromMs || atMs > toMs) continue;
    if (functionName === '(idle)' || functionName === '(root)') continue;
    const place = placeOf(url);
    busyUs += us;
    add(byPart, partOf(place, functionName), us);
    add(byBehalf, behalf(id), us);
    add(byFile, place || functionName, us);
    add(
      byFunction,
      `${functionName || '(anonymous)'} ${place}${place ? `:${lineNumber + 1}` : ''}`,
      us,
    );
  }
  const share = ((100 * busyUs) / ((toMs - fromMs) * 1000)).toFixed(0);
  const table = (title: string, sums: Map<string, number>, top: number) => {
    const sorted = [...sums].sort((one, other) => other[1] - one[1]).slice(0, top);
    const rows = sorted.map(
      ([name, us]) =>
        `| ${(us / count).toFixed(2)} | ${((100 * us) / busyUs).toFixed(1)} % | ${name} |`,
    );
    return [`| us each | share | ${title} |`, '|---:|---:|---|', ...rows].join('\n');
  };
  return [
    `busy ${share} % of the time, ${(busyUs / count).toFixed(0)} us each`,
    table('part', byPart, 20),
    table('part, with what Node did for it', byBehalf, 30),
    table('file', byFile, 40),
    table('function', byFunction, 70),
  ].join('\n\n');
}

/** Names the part that had Node do something, and what it was: `undici: writeLatin1String`. */
function behalfOf({ nodes }: Profile): (id: number) => string {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((it) => [it, id])));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const isNodes = ({ url }: Frame) => url === '' || url.startsWith('node:');
  return (id) => {
    const { url, functionName } = frames.get(id) as Frame;
    const what = url === '' ? functionName : '';
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = frames.get(at) as Frame;
      if (isNodes(frame)) continue;
      const part = partOf(placeOf(frame.url), frame.functionName);
      return what ? `${part}: ${what}` : part;
    }
    return what || 'node';
  };
}

function placeOf(url: string): string {
  return url.replace(/^.*\/(?=(src|node_modules)\/)/, '').replace('node_modules/', '');
}

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}

/** A package, a folder of ours, or Node itself. */
function partOf(place: string, functionName: string): string {
  if (place.startsWith('src/')) return place.split('/').slice(0, 2).join('/');
  if (place.startsWith('node:') || place.startsWith('wasm:')) return place.slice(0, 4);
  return (
    place
      .split('/')
      .slice(0, place.startsWith('@') ? 2 : 1)
      .join('/') || functionName
  );
}
