import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';

test('the lease must cover twice the deadline, whichever of them was set', () => {
  expect(readConfig({})).toMatchObject({ deadlineMs: 10_000, leaseMs: 20_000 });
  const short = { VOLLEY_DEADLINE_SECONDS: '0.5', VOLLEY_LEASE_SECONDS: '1' };
  expect(readConfig(short)).toMatchObject({ deadlineMs: 500, leaseMs: 1_000 });
  expect(() => readConfig({ VOLLEY_DEADLINE_SECONDS: '11' })).toThrow(
    'VOLLEY_LEASE_SECONDS: must be at least twice VOLLEY_DEADLINE_SECONDS, 22; it is 20',
  );
  expect(() => readConfig({ VOLLEY_LEASE_SECONDS: '19' })).toThrow(/at least twice/);
});

test('a proxy that is no network is refused, and so is a header that none of them writes', () => {
  expect(readConfig({})).toMatchObject({ trustedProxies: [], forwardedHeader: 'x-forwarded-for' });
  expect(readConfig({ VOLLEY_TRUSTED_PROXIES: '10.0.0.0/8,::1' }).trustedProxies).toHaveLength(2);
  expect(() => readConfig({ VOLLEY_TRUSTED_PROXIES: '10.0.0.0/8,proxy' })).toThrow(
    'VOLLEY_TRUSTED_PROXIES: not a CIDR network: "proxy"',
  );
  expect(() => readConfig({ VOLLEY_FORWARDED_HEADER: 'x-real-ip' })).toThrow(
    /VOLLEY_FORWARDED_HEADER: .*x-forwarded-for/,
  );
});

test('a fault point that does not exist is refused with those that do', () => {
  expect(readConfig({ VOLLEY_FAULT_AT: 'after-send@t=4@x' }).faultAt).toEqual({
    at: 'after-send',
    text: 't=4@x',
  });
  expect(() => readConfig({ VOLLEY_FAULT_AT: 'somewhere' })).toThrow(/after-accept, before-send/);
});
