import { describe, expect, it } from 'vitest';
import { readOptions, UsageError } from '../../../src/tail/options.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const read = (args: string[], variables: Record<string, string> = { VOLLEY_KEY: 'a key' }) =>
  readOptions(args, variables, NOW);

describe('the options of the tail', () => {
  it('have defaults', () => {
    expect(read([])).toEqual({
      url: 'http://127.0.0.1:4000',
      key: 'a key',
      affids: [],
      campaigns: [],
      where: {},
      after: null,
      since: null,
      limit: null,
      json: false,
    });
    expect(read(['--help'], {})).toBeNull();
  });

  it('become a filter', () => {
    const args =
      '--affiliate 101 --affiliate 102 --campaign 2001 --pixel p1 --event Sale --status delivered --status FAILED ' +
      '--code 5xx --code none --click c1 --affclickid a1 --contains x=1 --no-test --limit 5 --json';

    expect(read(args.split(' '))).toMatchObject({
      affids: ['101', '102'],
      campaigns: ['2001'],
      where: {
        pixelIds: ['p1'],
        eventTypes: ['Sale'],
        status: ['DELIVERED', 'FAILED'],
        statusCodes: ['SERVER_ERROR_5XX', 'NO_ANSWER'],
        clickId: 'c1',
        affclickid: 'a1',
        finalUrlContains: 'x=1',
        test: false,
      },
      limit: 5,
      json: true,
    });
  });

  it.each([
    ['45s', '2026-03-01T11:59:15.000Z'],
    ['30m', '2026-03-01T11:30:00.000Z'],
    ['1h', '2026-03-01T11:00:00.000Z'],
    ['2d', '2026-02-27T12:00:00.000Z'],
    ['2026-02-28T00:00:00+02:00', '2026-02-27T22:00:00.000Z'],
  ])('read --replay-since %s', (text, since) => {
    expect(read(['--replay-since', text])?.since).toBe(since);
  });

  it.each([
    [['--nonsense'], /nonsense/],
    [['--status', 'done'], /--status: done is none of scheduled, held/],
    [['--code', '6xx'], /--code: 6xx is none of 1xx, 2xx/],
    [['--limit', '0'], /--limit: 0 is no number of 1 or more/],
    [['--replay-since', 'yesterday'], /--replay-since: yesterday is neither/],
    [['--replay-since', '2026-02-28T00:00:00'], /a time with offset/],
    [['--replay-since', '1h', '--after', 'x'], /not both/],
  ])('refuse %j', (args, message) => {
    expect(() => read(args)).toThrow(UsageError);
    expect(() => read(args)).toThrow(message);
  });

  it('refuse a missing key and an address that is none', () => {
    expect(() => read([], {})).toThrow(/set VOLLEY_KEY/);
    expect(() => read([], { VOLLEY_KEY: 'k', VOLLEY_URL: 'ftp://x' })).toThrow(/VOLLEY_URL: ftp/);
  });
});
