import { expect, test } from 'vitest';
import { check, type History } from './support/checker.ts';

const NONE = { duplicates: 0, unlogged: 0 };
const row = { id: 'a', state: 'DELIVERED', reason: null, attemptsMade: 1, dueAtMs: 1_000 };

function history(changes: Partial<History> = {}): History {
  return {
    acknowledged: [{ id: 'a', dueAtMs: 1_000 }],
    unanswered: 0,
    hits: [{ id: 'a', attempt: 1, at: 1_001, path: '/' }],
    rows: [row],
    attempts: [{ id: 'a', number: 1, superseded: false }],
    seen: new Map([['a', ['OPEN', 'DELIVERED']]]),
    ...changes,
  };
}

const hit = (changes: object) => ({ id: 'a', attempt: 1, at: 1_001, path: '/', ...changes });
const logged = (changes: object) => ({ id: 'a', number: 1, superseded: false, ...changes });

test('a good run breaks nothing', () => {
  expect(check(history(), NONE)).toEqual([]);
});

test.each<[string, string, Partial<History>]>([
  ['I1', 'a lost row', { rows: [], hits: [], attempts: [], seen: new Map() }],
  ['I1', 'an open row', { rows: [{ ...row, state: 'OPEN' }] }],
  ['I1', 'a delivery nobody got', { hits: [] }],
  ['I2', 'a call for no row', { hits: [hit({}), hit({ id: 'b' })] }],
  ['I2', 'a call nobody was answered for', { acknowledged: [] }],
  ['I3', 'an early call', { hits: [hit({ at: 997 })] }],
  [
    'I4',
    'a repeated call',
    { hits: [hit({}), hit({})], attempts: [logged({}), logged({ superseded: true })] },
  ],
  ['I5', 'a call that is not in the log', { hits: [hit({}), hit({ attempt: 2 })] }],
  ['I5', 'a hole in the numbers', { attempts: [logged({ number: 2 })] }],
  ['I5', 'two decided outcomes of one attempt', { attempts: [logged({}), logged({})] }],
  ['I5', 'a wrong count', { rows: [{ ...row, attemptsMade: 2 }] }],
  ['I6', 'a state that changed', { seen: new Map([['a', ['DELIVERED', 'OPEN']]]) }],
])('%s finds %s', (invariant, _, broken) => {
  expect(check(history(broken), NONE).map((found) => found.invariant)).toContain(invariant);
});

test('what a fault explains is no violation', () => {
  const twice = history({ hits: [hit({}), hit({})] });
  expect(check(twice, { duplicates: 1, unlogged: 1 })).toEqual([]);
  expect(check(history({ acknowledged: [], unanswered: 1 }), NONE)).toEqual([]);
});
