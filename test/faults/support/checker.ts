import type { Hit } from './sink.ts';

/** A postback that the API answered for. */
export type Acknowledged = { id: string; dueAtMs: number };
/** Its row at the end. */
export type Row = {
  id: string;
  /** The receiver's path of its affiliate. */
  path: string;
  /** Of its report: a report that was never answered may have been stored. */
  transactionId: string | null;
  amount: number;
  state: string;
  attemptsMade: number;
  dueAtMs: number;
};
/** A row of the log of attempts; without a status code the receiver may not have heard of it. */
export type LoggedAttempt = {
  id: string;
  number: number;
  superseded: boolean;
  statusCode: number | null;
};
/** That an attempt is due at a time, and since when that was said; the first one is due with its row. */
export type Promised = { id: string; attempt: number; dueAtMs: number; saidAtMs: number };
/** What a process has open, before the faults and after them, and how much more is no leak. */
export type Resource = { what: string; atRest: number; atEnd: number; slack: number };

/** All that is known of a run. */
export type History = {
  acknowledged: Acknowledged[];
  /** Transactions that nobody was answered for in the end: their postbacks may exist. */
  unanswered: ReadonlySet<string>;
  hits: Hit[];
  rows: Row[];
  attempts: LoggedAttempt[];
  promised: Promised[];
  /** Changes of a state that was final, as the database saw them. */
  undecided: { id: string; from: string; to: string }[];
  /** What viewers were shown, each as `<postback id> <number>`; a viewer told of a gap may lack some. */
  viewers?: { seen: string[]; gaps: number }[];
  resources?: Resource[];
};

/** How often a call, `<postback id> <attempt>`, may be made again: once per death that it was in flight at. */
export type Repeats = ReadonlyMap<string, number>;

export type Violation = { invariant: string; what: string; ids: string[] };

export const keyOf = (id: string, attempt: number) => `${id} ${attempt}`;

const TERMINAL = new Set(['DELIVERED', 'FAILED', 'SKIPPED', 'CANCELLED']);
/** Clocks of one machine: what is rounded to whole milliseconds twice. */
const EARLY_MS = 2;
/** Of ids that break a rule so many are named. */
const NAMED = 5;

/**
 * Whether a run kept its promises (delivery.md c). Pure: it reads what was written down.
 *
 * I1 nothing acknowledged is lost, I2 nothing unasked is called, I3 nothing is early, I4 repeats are
 * explained by a death, I5 the log and the receiver agree, I6 what is decided stays decided and the sums of
 * each affiliate agree, I7 viewers were shown the log, I8 nothing is left open.
 */
export function check(history: History, repeats: Repeats = new Map()): Violation[] {
  const found = [
    ...lost(history),
    ...unexpected(history),
    ...early(history),
    ...repeated(history, repeats),
    ...unlogged(history, repeats),
    ...miscounted(history),
    ...changed(history),
    ...unbalanced(history),
    ...unseen(history),
    ...leaked(history),
  ];
  return found
    .filter(([, , ids]) => ids.length > 0)
    .map(([invariant, what, ids]) => ({
      invariant,
      what: `${ids.length} times: ${what}`,
      ids: ids.slice(0, NAMED),
    }));
}

type Finding = [invariant: string, what: string, ids: string[]];

function lost({ acknowledged, rows, hits }: History): Finding[] {
  const known = new Set(rows.map(({ id }) => id));
  const called = new Set(hits.map(({ id }) => id));
  const open = rows.filter(({ state }) => !TERMINAL.has(state));
  const deaf = rows.filter(({ id, state }) => state === 'DELIVERED' && !called.has(id));
  return [
    ['I1', 'acknowledged, but there is no row', idsOf(acknowledged).filter((id) => !known.has(id))],
    ['I1', 'still open at the end', idsOf(open)],
    ['I1', 'delivered, but never called', idsOf(deaf)],
  ];
}

function unexpected({ acknowledged, unanswered, rows, hits }: History): Finding[] {
  const asked = new Set(idsOf(acknowledged));
  const rowOf = byId(rows);
  const called = [...new Set(idsOf(hits))];
  const unasked = called.filter((id) => {
    const row = rowOf.get(id);
    return row && !asked.has(id) && !unanswered.has(row.transactionId ?? '');
  });
  return [
    ['I2', 'called, but there is no row', called.filter((id) => !rowOf.has(id))],
    ['I2', 'called, but nobody reported it', unasked],
  ];
}

function early({ rows, hits, promised }: History): Finding[] {
  const rowOf = byId(rows);
  const promisesOf = Map.groupBy(promised, ({ id, attempt }) => keyOf(id, attempt));
  const dueOf = ({ id, attempt, at }: Hit) => {
    const said = (promisesOf.get(keyOf(id, attempt)) ?? []).filter((it) => it.saidAtMs <= at);
    const first = attempt === 1 ? rowOf.get(id)?.dueAtMs : undefined;
    return said.at(-1)?.dueAtMs ?? first;
  };
  const known = hits.filter(({ id }) => rowOf.has(id));
  return [
    [
      'I3',
      'called before it was due',
      idsOf(known.filter((it) => it.at < (dueOf(it) ?? 0) - EARLY_MS)),
    ],
    [
      'I3',
      'tried again before anybody said when',
      idsOf(known.filter((it) => dueOf(it) === undefined)),
    ],
  ];
}

function repeated({ hits }: History, repeats: Repeats): Finding[] {
  const made = countBy(hits, ({ id, attempt }) => keyOf(id, attempt));
  const more = [...made].filter(([key, count]) => count > 1 + (repeats.get(key) ?? 0));
  return [['I4', 'called again, and no death explains it', more.map(([key]) => key)]];
}

function unlogged({ hits, attempts }: History, repeats: Repeats): Finding[] {
  const made = countBy(hits, ({ id, attempt }) => keyOf(id, attempt));
  const logged = countBy(attempts, ({ id, number }) => keyOf(id, number));
  const answered = countBy(
    attempts.filter(({ statusCode }) => statusCode !== null),
    ({ id, number }) => keyOf(id, number),
  );
  const missing = [...made].filter(
    ([key, count]) => count > (logged.get(key) ?? 0) + (repeats.get(key) ?? 0),
  );
  const invented = [...answered].filter(([key, count]) => count > (made.get(key) ?? 0));
  return [
    ['I5', 'called, and not in the log under that number', missing.map(([key]) => key)],
    ['I5', 'in the log with an answer, and nobody was called', invented.map(([key]) => key)],
  ];
}

function miscounted({ rows, attempts }: History): Finding[] {
  const decided = Map.groupBy(
    attempts.filter(({ superseded }) => !superseded),
    ({ id }) => id,
  );
  const numbersOf = (id: string) =>
    (decided.get(id) ?? []).map(({ number }) => number).sort((one, other) => one - other);
  const holes = [...decided.keys()].filter((id) => numbersOf(id).some((it, at) => it !== at + 1));
  const wrong = rows.filter(({ id, attemptsMade }) => numbersOf(id).length !== attemptsMade);
  return [
    ['I5', 'attempt numbers have a hole, or two decided ones', holes],
    ['I5', 'attemptsMade is not what the log says', idsOf(wrong)],
  ];
}

function changed({ undecided }: History): Finding[] {
  return [['I6', 'a decided state changed', undecided.map((it) => `${it.id} ${it.from} ${it.to}`)]];
}

/** What an affiliate's receiver booked, each postback once, is what the log says was delivered to it. */
function unbalanced({ rows, hits }: History): Finding[] {
  const delivered = rows.filter(({ state }) => state === 'DELIVERED');
  const isDelivered = new Set(idsOf(delivered));
  const booked = [...byId(hits.filter(({ id }) => isDelivered.has(id))).values()];
  const ours = sumBy(delivered);
  const theirs = sumBy(booked);
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])];
  const unequal = paths.filter((path) => ours.get(path) !== theirs.get(path));
  const told = unequal.map(
    (path) => `${path}: ${ours.get(path)} delivered, ${theirs.get(path)} booked`,
  );
  return [['I6', 'the sums of an affiliate do not agree', told]];
}

function unseen({ attempts, viewers = [] }: History): Finding[] {
  const logged = countBy(attempts, ({ id, number }) => keyOf(id, number));
  return viewers.flatMap(({ seen, gaps }): Finding[] => {
    const shown = countBy(seen, (key) => key);
    const missed = [...logged].filter(([key, count]) => count > (shown.get(key) ?? 0));
    const strange = [...shown].filter(([key, count]) => count > (logged.get(key) ?? 0));
    return [
      [
        'I7',
        'in the log, and a viewer was neither shown it nor told of a gap',
        gaps > 0 ? [] : missed.map(([key]) => key),
      ],
      ['I7', 'shown twice, or not in the log', strange.map(([key]) => key)],
    ];
  });
}

function leaked({ resources = [] }: History): Finding[] {
  const left = resources.filter(({ atRest, atEnd, slack }) => atEnd > atRest + slack);
  const told = left.map((it) => `${it.what}: ${it.atRest} at rest, ${it.atEnd} at the end`);
  return [['I8', 'what was opened is not closed again', told]];
}

function idsOf(some: { id: string }[]): string[] {
  return some.map(({ id }) => id);
}

function byId<Item extends { id: string }>(some: Item[]): Map<string, Item> {
  return new Map(some.map((it) => [it.id, it]));
}

function countBy<Item>(some: Item[], key: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const it of some) counts.set(key(it), (counts.get(key(it)) ?? 0) + 1);
  return counts;
}

/** In cents: sums of decimals differ by the order they are added in. */
function sumBy(some: { path: string; amount: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { path, amount } of some) {
    sums.set(path, (sums.get(path) ?? 0) + Math.round(100 * amount));
  }
  return sums;
}
