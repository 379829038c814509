import type { Hit } from './sink.ts';

/** A postback that the API answered for. */
export type Acknowledged = { id: string; dueAtMs: number };
/** Its row at the end. */
export type Row = {
  id: string;
  state: string;
  reason: string | null;
  attemptsMade: number;
  dueAtMs: number;
};
/** A row of the log of attempts. */
export type LoggedAttempt = { id: string; number: number; superseded: boolean };

/** All that is known of a run. */
export type History = {
  acknowledged: Acknowledged[];
  /** Whether reports went unanswered: their postbacks may exist as well. */
  unanswered: number;
  hits: Hit[];
  rows: Row[];
  attempts: LoggedAttempt[];
  /** States that were seen during the run, by postback, in order. */
  seen: Map<string, string[]>;
};

/** What the faults of a run may explain; without a fault nothing. */
export type Allowed = {
  /** Calls that may have been made twice: in flight at a kill, or unanswered. */
  duplicates: number;
  /** Calls that may be missing in the log: made, and not recorded before a crash. */
  unlogged: number;
  /** Instead of numbers: whether a call fell into a fault, which explains its repeat and its silence. */
  explains?: (hit: Hit) => boolean;
};

export type Violation = { invariant: string; what: string; ids: string[] };

const TERMINAL = new Set(['DELIVERED', 'FAILED', 'SKIPPED', 'CANCELLED']);
/** Clocks of one machine: what is rounded to whole milliseconds twice. */
const EARLY_MS = 2;

/**
 * Whether a run kept its promises (delivery.md c). Pure: it reads what was written down.
 *
 * I1 nothing acknowledged is lost, I2 nothing unasked is called, I3 nothing is early, I4 duplicates are
 * explained by a fault, I5 the log and the receiver agree, I6 what is decided stays decided.
 */
export function check(history: History, allowed: Allowed): Violation[] {
  const violations: Violation[] = [];
  const fail = (invariant: string, what: string, ids: string[]) => {
    if (ids.length > 0) violations.push({ invariant, what, ids: ids.slice(0, 5) });
  };
  const { acknowledged, unanswered, hits, rows, attempts, seen } = history;
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const known = new Set(acknowledged.map(({ id }) => id));
  const hitsOf = Map.groupBy(hits, ({ id }) => id);
  const loggedOf = Map.groupBy(attempts, ({ id }) => id);

  const ids = [...known];
  fail(
    'I1',
    'acknowledged, but there is no row',
    ids.filter((id) => !rowOf.has(id)),
  );
  const open = rows.filter(({ state }) => !TERMINAL.has(state));
  fail(
    'I1',
    'still open at the end',
    open.map(({ id }) => id),
  );
  const delivered = rows.filter(({ state }) => state === 'DELIVERED').map(({ id }) => id);
  fail(
    'I1',
    'delivered, but never called',
    delivered.filter((id) => !hitsOf.has(id)),
  );

  const strange = [...hitsOf.keys()].filter((id) => !rowOf.has(id));
  fail('I2', 'called, but there is no row', strange);
  const unasked = [...hitsOf.keys()].filter((id) => rowOf.has(id) && !known.has(id));
  fail('I2', 'called, but nobody was answered for it', unanswered > 0 ? [] : unasked);

  const early = hits.filter(({ id, at }) => at < (rowOf.get(id)?.dueAtMs ?? at) - EARLY_MS);
  fail(
    'I3',
    'called before it was due',
    early.map(({ id }) => id),
  );

  const attemptsHit = Map.groupBy(hits, ({ id, attempt }) => `${id} ${attempt}`);
  const { explains = () => false } = allowed;
  const doubled = [...attemptsHit.values()].flatMap((of) =>
    of.slice(1).filter((_, at) => !explains(of[at] as Hit)),
  );
  const tooMany = doubled.length > allowed.duplicates ? doubled : [];
  fail(
    'I4',
    `${doubled.length} repeated calls, ${allowed.duplicates} explained`,
    tooMany.map(({ id }) => id),
  );

  const unlogged = [...hitsOf].filter(([id, of]) => {
    const explained = of.filter(explains).length;
    return of.length > (loggedOf.get(id)?.length ?? 0) + explained;
  });
  const missing = unlogged.length > allowed.unlogged ? unlogged : [];
  fail(
    'I5',
    `${unlogged.length} calls are not in the log, ${allowed.unlogged} explained`,
    missing.map(([id]) => id),
  );
  const holes = [...loggedOf].filter(([, of]) => {
    const decided = of.filter(({ superseded }) => !superseded).map(({ number }) => number);
    return decided.sort((one, other) => one - other).some((number, at) => number !== at + 1);
  });
  fail(
    'I5',
    'attempt numbers have a hole, or two decided ones',
    holes.map(([id]) => id),
  );
  const miscounted = rows.filter(({ id, attemptsMade }) => {
    const decided = (loggedOf.get(id) ?? []).filter(({ superseded }) => !superseded);
    return decided.length !== attemptsMade;
  });
  fail(
    'I5',
    'attemptsMade is not what the log says',
    miscounted.map(({ id }) => id),
  );

  const changed = [...seen].filter(([id, states]) => {
    const first = states.findIndex((state) => TERMINAL.has(state));
    const later = first < 0 ? [] : [...states.slice(first), rowOf.get(id)?.state ?? 'gone'];
    return new Set(later).size > 1;
  });
  fail(
    'I6',
    'a decided state changed',
    changed.map(([id]) => id),
  );
  return violations;
}
