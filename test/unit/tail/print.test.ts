import { expect, test } from 'vitest';
import { jsonOf, lineOf } from '../../../src/tail/print.ts';

const fired = (finalUrl: string, changes: object = {}) =>
  ({
    cursor: 'c1',
    gap: null,
    postback: {
      ...{ id: 'p1', status: 'DELIVERED', reason: null, clickId: 'k1', entryUrl: null },
      ...{ url: 'https://a.example/', dueAt: '2026-03-01T12:00:05Z', nextAttemptAt: null },
      ...{ affiliate: { affid: '101' }, campaign: null, pixel: { id: 'x1' } },
      event: { id: 'e1', type: 'Sale' },
      ...changes,
    },
    attempt: {
      ...{ number: 2, startedAt: '2026-03-01T12:00:05.000Z', durationMs: 12 },
      ...{ finalUrl, statusCode: 503, errorKind: null, message: null },
    },
  }) as Parameters<typeof lineOf>[0];

test('nothing in a URL steers the terminal', () => {
  const line = lineOf(fired('https://a.example/?x=\u001b[2J\u202e\u0007'));

  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(line.slice(line.indexOf('https:'))).not.toMatch(/[\u0000-\u001f\u202e]/);
});

test('a result that is tried again says when', () => {
  const nextAttemptAt = '2026-03-01T12:00:35.000Z';

  expect(lineOf(fired('https://a.example/', { status: 'RETRYING', nextAttemptAt }))).toMatch(
    /503 .*#2.* again \d\d:\d\d:35\.000/,
  );
});

test('JSON carries the cursor', () => {
  expect(JSON.parse(jsonOf(fired('https://a.example/')))).toMatchObject({
    cursor: 'c1',
    attempt: { number: 2 },
  });
});
