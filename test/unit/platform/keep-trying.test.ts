import pg from 'pg';
import { expect, test } from 'vitest';
import { keepTrying } from '../../../src/platform/keep-trying.ts';
import { isPassingFault } from '../../../src/store/store-fault.ts';

function databaseError(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code });
}

test('tries until it works, and says so once', async () => {
  const told: unknown[] = [];
  let tries = 0;
  const value = await keepTrying(
    async () => {
      tries += 1;
      if (tries < 4) throw new Error('down');
      return 'up';
    },
    { isPassing: () => true, onHeld: (thrown) => told.push(thrown) },
  );

  expect(value).toBe('up');
  expect(tries).toBe(4);
  expect(told).toHaveLength(1);
});

test('throws at once what does not pass', async () => {
  const act = () => Promise.reject(new Error('for good'));
  const options = { isPassing: () => false, onHeld: () => expect.unreachable() };
  await expect(keepTrying(act, options)).rejects.toThrow('for good');
});

test.each([
  ['57P01', true],
  ['57014', true],
  ['08006', true],
  ['53300', true],
  ['55P03', true],
  ['25006', true],
  ['40001', true],
  ['22P02', false],
  ['23505', false],
  ['42703', false],
])('SQLSTATE %s passes: %s', (code, passes) => {
  expect(isPassingFault(databaseError(code))).toBe(passes);
});

test.each([
  [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5'), { syscall: 'connect' }), true],
  [new Error('Connection terminated unexpectedly'), true],
  [new Error('Query read timeout'), true],
  [new Error('timeout exceeded when trying to connect'), true],
  [new TypeError('x is not a function'), false],
])('%s passes: %s', (thrown, passes) => {
  expect(isPassingFault(thrown)).toBe(passes);
});
