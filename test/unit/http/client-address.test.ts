import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClientAddress } from '../../../src/http/client-address.ts';
import { parseNetworks } from '../../../src/platform/networks.ts';

const PROXIES = '10.0.0.0/8, ::1, 2001:db8:1::/48';

/** Whose address a request counts as that came from `remoteAddress` with such a header. */
function find(
  remoteAddress: string | undefined,
  headers: Record<string, string> = {},
  trusted = PROXIES,
  forwardedHeader: 'x-forwarded-for' | 'forwarded' = 'x-forwarded-for',
) {
  const trustedProxies = parseNetworks(trusted);
  const clientAddress = createClientAddress({ trustedProxies, forwardedHeader });
  return clientAddress({ socket: { remoteAddress }, headers });
}
const forwardedFor = (list: string, from = '10.0.0.1') => find(from, { 'x-forwarded-for': list });
const forwarded = (list: string, from = '10.0.0.1') =>
  find(from, { forwarded: list }, PROXIES, 'forwarded');

describe('the address of the connection', () => {
  test('counts when no proxy is trusted, whatever the headers say', () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1' };
    expect(find('203.0.113.9', headers, '')).toBe('203.0.113.9');
    expect(find('127.0.0.1', headers, '')).toBe('127.0.0.1');
  });

  test('counts when it is none of the trusted ones', () => {
    expect(forwardedFor('192.0.2.1', '203.0.113.9')).toBe('203.0.113.9');
  });

  test('counts when a trusted proxy says nothing', () => {
    expect(find('10.0.0.1')).toBe('10.0.0.1');
    expect(forwardedFor('')).toBe('10.0.0.1');
  });

  test('is one spelling per address, and null once it is gone', () => {
    expect(find('::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(find('2001:DB8:0:0::1')).toBe('2001:db8::1');
    expect(find(undefined)).toBeNull();
  });
});

describe('behind trusted proxies', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['192.0.2.1, 10.2.0.1,10.3.0.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:DB8::7]:443', '2001:db8::7'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1, ::ffff:10.2.0.1, 2001:db8:1::9', '192.0.2.1'],
  ])('X-Forwarded-For: %s means %s', (list, client) => {
    expect(forwardedFor(list)).toBe(client);
    expect(forwardedFor(list, '::ffff:10.0.0.1')).toBe(client);
  });

  test.each([
    ['for=192.0.2.1', '192.0.2.1'],
    ['For="192.0.2.1:4711";proto=https;by=10.0.0.1', '192.0.2.1'],
    ['proto=https; for="[2001:db8::7]:443"', '2001:db8::7'],
    ['for=192.0.2.1, for=10.2.0.1;host=affiliate.example', '192.0.2.1'],
  ])('Forwarded: %s means %s', (list, client) => {
    expect(forwarded(list)).toBe(client);
  });

  test('a client inside a trusted network is the first of the list', () => {
    expect(forwardedFor('10.9.9.9, 10.2.0.1')).toBe('10.9.9.9');
  });

  test('one header is read, never the other', () => {
    const both = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=198.51.100.1' };
    expect(find('10.0.0.1', both)).toBe('192.0.2.1');
    expect(find('10.0.0.1', both, PROXIES, 'forwarded')).toBe('198.51.100.1');
    expect(find('10.0.0.1', { forwarded: 'for=198.51.100.1' })).toBe('10.0.0.1');
  });
});

describe('what a client makes up', () => {
  test.each([
    ['198.51.100.1, 192.0.2.1', '192.0.2.1'],
    ['10.0.0.1, 192.0.2.1', '192.0.2.1'],
    ['198.51.100.1, 192.0.2.1, 10.2.0.1', '192.0.2.1'],
    ['127.0.0.1, ::1, 192.0.2.1', '192.0.2.1'],
  ])('stands left of it and says nothing: %s', (list, client) => {
    expect(forwardedFor(list)).toBe(client);
    const elements = list.split(', ').map((it) => `for="[${it}]"`.replace(/\[([\d.]+)\]/, '$1'));
    expect(forwarded(elements.join(', '))).toBe(client);
  });

  test.each(['for="198.51.100.1', 'for="a;b', '"', 'for="\\"'])(
    'hides nothing behind an open quote: %s',
    (said) => {
      expect(forwarded(`${said}, for=192.0.2.1`)).toBe('192.0.2.1');
    },
  );

  test.each([
    'unknown',
    '_hidden',
    '',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '192.0.2.1.evil.example',
    '192.0.2.1:x',
    '[192.0.2.1',
    'fe80::1%eth0',
    '<script>',
    '192.0.2.1\u0000',
  ])('is never taken for an address, nor what stands left of it: %s', (garbage) => {
    expect(forwardedFor(`198.51.100.1, ${garbage}`)).toBe('10.0.0.1');
    expect(forwardedFor(`198.51.100.1, ${garbage}, 10.2.0.1`)).toBe('10.2.0.1');
    expect(forwarded(`for=198.51.100.1, for=${garbage}`)).toBe('10.0.0.1');
  });

  test('never moves the answer, be it any text', () => {
    const said = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.ipV4(),
      fc.ipV6(),
      fc.constant('10.0.0.1'),
    );
    fc.assert(
      fc.property(said, (text) => {
        expect(forwardedFor(`${text}, 192.0.2.1, 10.2.0.1`)).toBe('192.0.2.1');
        expect(forwarded(`${text}, for=192.0.2.1`)).toBe('192.0.2.1');
      }),
      { seed: 5 },
    );
  });
});
