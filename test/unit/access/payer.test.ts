import { describe, expect, test } from 'vitest';
import { payerAt } from '../../../src/access/payer.ts';

describe('the payer at an address', () => {
  test.each([
    ['198.51.100.7', '198.51.100.7', 1],
    ['::ffff:198.51.100.7', '198.51.100.7', 1],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', 1],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64', 1],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64', 1],
    ['127.0.0.1', '127.0.0.1', 50],
    ['::1', '0:0:0:0::/64', 50],
    ['10.1.2.3', '10.1.2.3', 50],
    ['172.16.0.1', '172.16.0.1', 50],
    ['192.168.1.1', '192.168.1.1', 50],
    ['100.64.0.1', '100.64.0.1', 50],
    ['fd00::1', 'fd00:0:0:0::/64', 50],
    ['fe80::1%eth0', 'fe80::1%eth0', 50],
  ])('%s is %s for %i callers', (address, id, callers) => {
    expect(payerAt(address)).toEqual({ id, callers });
  });

  test('of a connection that is gone is one for all of them', () => {
    expect(payerAt(null)).toEqual({ id: 'gone', callers: 50 });
  });
});
