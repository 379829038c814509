import { describe, expect, test } from 'vitest';
import { recordBody, recordHeaders } from '../../../src/echo/echo-call.ts';
import { readWantedAnswer } from '../../../src/echo/wanted-answer.ts';

const header = (name: string, value: string) => ({ name, value });

describe('headers', () => {
  test('keep their order and repeats, in lower case', () => {
    const sent = [header('X-B', '1'), header('x-a', '2'), header('X-b', '3')];
    expect(recordHeaders(sent)).toEqual({
      headers: [header('x-b', '1'), header('x-a', '2'), header('x-b', '3')],
      cut: false,
    });
  });

  test.each(['authorization', 'Cookie', 'PROXY-AUTHORIZATION'])(
    'the value of %s is not recorded',
    (name) => {
      const { headers } = recordHeaders([header(name, 'Bearer of-secrets')]);
      expect(headers).toEqual([header(name.toLowerCase(), '(not recorded)')]);
    },
  );

  test('fifty are kept, and that more were sent is told', () => {
    const sent = Array.from({ length: 51 }, (_, at) => header(`x-${at}`, ''));
    expect(recordHeaders(sent.slice(0, 50)).cut).toBe(false);
    const { headers, cut } = recordHeaders(sent);
    expect([headers.length, cut]).toEqual([50, true]);
  });

  test('8 KiB are kept in all, counted in bytes', () => {
    const value = 'é'.repeat((8 * 1024 - 2) / 2);
    expect(recordHeaders([header('x1', value)])).toMatchObject({ cut: false });
    expect(recordHeaders([header('x12', value)])).toEqual({ headers: [], cut: true });
  });

  test('hold nothing that no row can hold', () => {
    const { headers } = recordHeaders([header('x', 'a\0b\ud800')]);
    expect(headers).toEqual([header('x', 'a\u{FFFD}b\u{FFFD}')]);
  });
});

describe('a body', () => {
  test('is null when there is none, and text when there is', () => {
    expect(recordBody(Buffer.from(''), 0)).toBeNull();
    expect(recordBody(Buffer.from('sum=5€'), 8)).toBe('sum=5€');
  });

  test('that is cut inside a character ends before it', () => {
    expect(recordBody(Buffer.from('5€').subarray(0, 3), 100)).toBe('5');
  });

  test('that is no text has U+FFFD where it is not', () => {
    expect(recordBody(Buffer.from([0x41, 0xff, 0x00, 0x42]), 4)).toBe('A\u{FFFD}\u{FFFD}B');
  });
});

describe('the answer a query wishes', () => {
  test.each([
    ['', 200, 0],
    ['sum=50&status=503', 200, 0],
    ['__status=200', 200, 0],
    ['a=1&__status=599&b=2', 599, 0],
    ['__delayMs=10000', 200, 10_000],
    ['__status=503&__delayMs=0', 503, 0],
    ['__status=204&__status=500', 204, 0],
  ])('%j: %i after %i ms', (query, status, delayMs) => {
    expect(readWantedAnswer(query)).toEqual({ status, delayMs });
  });

  test.each([
    ['__status=199', /__status must be 200 to 599; it was "199"/],
    ['__status=600', /200 to 599/],
    ['__status=', /it was ""/],
    ['__status=2e2', /200 to 599/],
    ['__status=-200', /200 to 599/],
    ['__delayMs=10001', /__delayMs must be 0 to 10000 milliseconds; it was "10001"/],
    ['__delayMs=0.5', /0 to 10000/],
    ['__delayMs=Infinity', /0 to 10000/],
  ])('%j is refused with the limit', (query, problem) => {
    expect(readWantedAnswer(query)).toEqual({ problem: expect.stringMatching(problem) });
  });
});
