import { expect, test } from 'vitest';
import { check, type History } from './support/checker.ts';
import { repeatedAtThaw } from './support/thaws.ts';

const row = {
  ...{ id: 'a', path: '/f0', transactionId: 't1', amount: 12.5 },
  ...{ state: 'DELIVERED', attemptsMade: 1, dueAtMs: 1_000 },
};
const hit = (changes: object = {}) => ({
  ...{ id: 'a', attempt: 1, at: 1_001, path: '/f0', amount: 12.5 },
  ...changes,
});
const logged = (changes: object = {}) => ({
  ...{ id: 'a', number: 1, superseded: false, statusCode: 200 },
  ...changes,
});
/** A second attempt, said at 2,000 to be due at 6,000. */
const SECOND = { id: 'a', attempt: 2, saidAtMs: 2_000, dueAtMs: 6_000 };
const resource = { what: 'sockets of the API', atRest: 10, atEnd: 12, slack: 5 };

/** One postback that was reported, called once, logged, delivered and seen by a viewer. */
function history(changes: Partial<History> = {}): History {
  return {
    acknowledged: [{ id: 'a', dueAtMs: 1_000 }],
    unanswered: new Set(),
    hits: [hit()],
    rows: [row],
    attempts: [logged()],
    promised: [],
    undecided: [],
    viewers: [{ seen: ['a 1'], gaps: 0 }],
    resources: [resource],
    ...changes,
  };
}

/** Two attempts, the second when it was due: nothing wrong. */
function retried(changes: Partial<History> = {}): History {
  return history({
    rows: [{ ...row, attemptsMade: 2 }],
    hits: [hit(), hit({ attempt: 2, at: 6_000 })],
    attempts: [logged({ statusCode: 503 }), logged({ number: 2 })],
    promised: [SECOND],
    viewers: [{ seen: ['a 1', 'a 2'], gaps: 0 }],
    ...changes,
  });
}

const found = (of: History) => check(of).map(({ invariant, what }) => `${invariant} ${what}`);

test('a good run breaks nothing, with or without a second attempt', () => {
  expect(check(history())).toEqual([]);
  expect(check(retried())).toEqual([]);
});

test.each<[string, History]>([
  [
    'I1 1 times: acknowledged, but there is no row',
    history({ rows: [], hits: [], attempts: [], viewers: [] }),
  ],
  ['I1 1 times: still open at the end', history({ rows: [{ ...row, state: 'OPEN' }] })],
  [
    'I1 1 times: delivered, but never called',
    history({ hits: [], attempts: [logged({ statusCode: null })] }),
  ],
  ['I2 1 times: called, but there is no row', history({ hits: [hit(), hit({ id: 'b' })] })],
  ['I2 1 times: called, but nobody reported it', history({ acknowledged: [] })],
  ['I3 1 times: called before it was due', history({ hits: [hit({ at: 997 })] })],
  [
    'I3 1 times: called before it was due',
    retried({ hits: [hit(), hit({ attempt: 2, at: 5_997 })] }),
  ],
  [
    'I3 1 times: called before it was due',
    history({ promised: [{ id: 'a', attempt: 1, saidAtMs: 900, dueAtMs: 3_000 }] }),
  ],
  ['I3 1 times: tried again before anybody said when', retried({ promised: [] })],
  [
    'I3 1 times: tried again before anybody said when',
    retried({ promised: [{ ...SECOND, saidAtMs: 6_100 }] }),
  ],
  [
    'I4 1 times: called again, and no death explains it',
    history({ hits: [hit(), hit()], attempts: [logged(), logged({ superseded: true })] }),
  ],
  [
    'I5 1 times: called, and not in the log under that number',
    history({ hits: [hit(), hit({ attempt: 2 })], promised: [{ ...SECOND, saidAtMs: 0 }] }),
  ],
  [
    // As many calls as rows, of other numbers.
    'I5 1 times: called, and not in the log under that number',
    history({ hits: [hit({ attempt: 3 })] }),
  ],
  [
    'I5 1 times: in the log with an answer, and nobody was called',
    history({ attempts: [logged(), logged({ superseded: true })] }),
  ],
  [
    'I5 1 times: attempt numbers have a hole, or two decided ones',
    history({ attempts: [logged({ number: 2 })] }),
  ],
  [
    'I5 1 times: attempt numbers have a hole, or two decided ones',
    history({ attempts: [logged(), logged()] }),
  ],
  [
    'I5 1 times: attemptsMade is not what the log says',
    history({ rows: [{ ...row, attemptsMade: 2 }] }),
  ],
  [
    'I6 1 times: a decided state changed',
    history({ undecided: [{ id: 'a', from: 'CANCELLED', to: 'DELIVERED' }] }),
  ],
  ['I6 1 times: the sums of an affiliate do not agree', history({ hits: [hit({ amount: 12 })] })],
  ['I6 2 times: the sums of an affiliate do not agree', history({ hits: [hit({ path: '/f1' })] })],
  [
    'I7 1 times: in the log, and a viewer was neither shown it nor told of a gap',
    history({ viewers: [{ seen: [], gaps: 0 }] }),
  ],
  [
    'I7 1 times: shown twice, or not in the log',
    history({ viewers: [{ seen: ['a 1', 'a 1'], gaps: 1 }] }),
  ],
  [
    'I7 1 times: shown twice, or not in the log',
    history({ viewers: [{ seen: ['a 1', 'b 1'], gaps: 0 }] }),
  ],
  [
    'I8 1 times: what was opened is not closed again',
    history({ resources: [{ ...resource, atEnd: 16 }] }),
  ],
])('finds: %s', (expected, broken) => {
  expect(found(broken)).toContain(expected);
});

test('a death explains one repeat of each call that was in flight, and no other', () => {
  const twice = history({ hits: [hit(), hit()] });
  expect(check(twice, new Map([['a 1', 1]]))).toEqual([]);
  expect(check(twice, new Map([['b 1', 1]])).map((it) => it.invariant)).toEqual(['I4', 'I5']);

  const thrice = history({ hits: [hit(), hit(), hit()] });
  expect(check(thrice, new Map([['a 1', 1]])).map((it) => it.invariant)).toEqual(['I4', 'I5']);
  expect(check(thrice, new Map([['a 1', 2]]))).toEqual([]);
});

test('a thaw explains a repeat at once, of what somebody else called meanwhile', () => {
  const freeze = { frozenAtMs: 1_000, thawedAtMs: 4_000 };
  const repeated = (...at: number[]) =>
    repeatedAtThaw(
      at.map((it) => hit({ at: it })),
      [freeze],
      2_000,
    );

  expect(repeated(3_000, 4_001)).toEqual(['a 1']);
  expect(repeated(3_000, 4_200)).toEqual([]);
  expect(repeated(999, 4_001)).toEqual([]);
  expect(repeated(4_001, 4_002)).toEqual([]);
  expect(repeated(2_000, 3_000)).toEqual([]);
});

test('a thaw after a lease explains one repeat, a thaw before that as many as there are', () => {
  const hits = ['a', 'b'].flatMap((id) => [hit({ id, at: 2_000 }), hit({ id, at: 4_001 })]);
  const explained = (leaseMs: number) =>
    repeatedAtThaw(hits, [{ frozenAtMs: 1_000, thawedAtMs: 4_000 }], leaseMs);

  expect(explained(2_999)).toEqual(['a 1']);
  expect(explained(3_000)).toEqual(['a 1', 'b 1']);
});

test('what was reported and never answered may exist', () => {
  const maybe = history({ acknowledged: [], unanswered: new Set(['t1']) });
  expect(check(maybe)).toEqual([]);
  expect(check({ ...maybe, unanswered: new Set(['t2']) }).map((it) => it.invariant)).toEqual([
    'I2',
  ]);
});

test('a viewer that was told of a gap need not have seen everything', () => {
  expect(check(history({ viewers: [{ seen: [], gaps: 1 }] }))).toEqual([]);
});

test('violations name a few ids and count them all', () => {
  const ids = Array.from({ length: 9 }, (_, at) => ({ id: `x${at}`, dueAtMs: 0 }));
  const [violation] = check({ ...history(), acknowledged: [...history().acknowledged, ...ids] });
  expect(violation).toEqual({
    invariant: 'I1',
    what: '9 times: acknowledged, but there is no row',
    ids: ['x0', 'x1', 'x2', 'x3', 'x4'],
  });
});
