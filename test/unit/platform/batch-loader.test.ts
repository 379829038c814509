import { expect, test } from 'vitest';
import { createBatchLoader } from '../../../src/platform/batch-loader.ts';

function recorded(answer: (key: string) => number | undefined) {
  const batches: string[][] = [];
  const load = createBatchLoader(async (_request: object, keys: string[]) => {
    batches.push(keys);
    const found = keys.map((key) => [key, answer(key)] as const);
    return new Map(found.filter((entry): entry is [string, number] => entry[1] !== undefined));
  });
  return { batches, load };
}

test('what one request asks for in one turn is loaded at once, a repeated key once', async () => {
  const { batches, load } = recorded((key) => key.length);
  const request = {};

  const values = await Promise.all([load(request, 'a'), load(request, 'bb'), load(request, 'a')]);

  expect(values).toEqual([1, 2, 1]);
  expect(batches).toEqual([['a', 'bb']]);
});

test('two requests never share a batch, and nothing is kept', async () => {
  const { batches, load } = recorded(() => 1);
  const [one, other] = [{}, {}];

  await Promise.all([load(one, 'a'), load(other, 'a')]);
  await load(one, 'a');

  expect(batches).toEqual([['a'], ['a'], ['a']]);
});

test('a key that is not answered is undefined, and a failure reaches everybody who waits', async () => {
  const { load } = recorded(() => undefined);
  expect(await load({}, 'a')).toBeUndefined();

  const failing = createBatchLoader<object, number>(async () => {
    throw new Error('down');
  });
  const request = {};
  const answers = await Promise.allSettled([failing(request, 'a'), failing(request, 'b')]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
