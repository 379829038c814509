import { describe, expect, test } from 'vitest';
import { createTurns } from '../../../src/platform/turns.ts';

/** Work that ends when it is told to, and notes when it began. */
function task(name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = () => {
    begun.push(name);
    return promise;
  };
  return { work, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  test('as many run as may, the others in the order they came', async () => {
    const begun: string[] = [];
    const inTurn = createTurns(2, 1_000);
    const tasks = ['a', 'b', 'c', 'd'].map((name) => task(name, begun));
    const results = tasks.map(({ work }) => inTurn(work));
    await turn();
    expect(begun).toEqual(['a', 'b']);

    tasks[1]?.end();
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);

    for (const { end } of tasks) end();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a failure hands its place on', async () => {
    const begun: string[] = [];
    const inTurn = createTurns(1, 1_000);
    const [bad, good] = [task('bad', begun), task('good', begun)];
    const failed = expect(inTurn(bad.work)).rejects.toThrow('bad');
    const next = inTurn(good.work);

    bad.fail();
    good.end();

    await failed;
    expect(await next).toBe('good');
    expect(await inTurn(async () => 'later')).toBe('later');
  });

  test('who waits too long is told, is not run, and takes nobody’s place', async () => {
    const begun: string[] = [];
    const inTurn = createTurns(1, 10);
    const [busy, late] = [task('busy', begun), task('late', begun)];
    const running = inTurn(busy.work);

    await expect(inTurn(late.work)).rejects.toThrow('no turn within 10 ms');

    busy.end();
    await running;
    expect(begun).toEqual(['busy']);
    expect(await inTurn(async () => 'next')).toBe('next');
  });
});
