import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworksError, parseNetworks } from '../../../src/platform/networks.ts';
import {
  checkAddress,
  checkHostName,
  checkTargetUrl,
  DENIED_PORTS,
} from '../../../src/postbacks/address-policy.ts';

const NONE = parseNetworks('');

describe('checkTargetUrl', () => {
  it.each([
    'https://affiliate.example/postback?c={clickid}',
    'http://affiliate.example:8080/',
    'https://AFFILIATE.example./',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'https://[::ffff:8.8.8.8]/',
    'http://a.example\\@127.0.0.1/',
    'https://affiliate.example/?next=http://127.0.0.1/',
    'https://münchen.example/',
    'https://localhost.affiliate.example/',
    'https://internal.example/',
  ])('accepts %s', (url) => {
    expect(checkTargetUrl(url, NONE)).toBeNull();
  });

  it.each([
    ['http://127.0.0.1/', 'loopback'],
    ['http://127.1/', 'loopback'],
    ['http://127.0.1/', 'loopback'],
    ['http://127.0.0.1./', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://0x7f.1/', 'loopback'],
    ['http://0x7f000001/', 'loopback'],
    ['http://0177.0.0.1/', 'loopback'],
    ['http://017700000001/', 'loopback'],
    ['http://0x7f.0.0x0.01/', 'loopback'],
    ['http://127.255.255.254/', 'loopback'],
    ['http://%31%32%37.0.0.1/', 'loopback'],
    ['http://１２７.0.0.1/', 'loopback'],
    ['http://127。0。0。1/', 'loopback'],
    ['http:/\\127.0.0.1/', 'loopback'],
    ['http:127.0.0.1', 'loopback'],
    ['http://127.0.0.1#@affiliate.example/', 'loopback'],
    ['http://[::1]/', 'loopback'],
    ['http://[0:0:0:0:0:0:0:1]/', 'loopback'],
    ['http://[::ffff:127.0.0.1]/', 'loopback'],
    ['http://[::ffff:7f00:1]/', 'loopback'],
    ['http://[::127.0.0.1]/', 'reserved'],
    ['http://[::ffff:0:127.0.0.1]/', 'translation prefix'],
    ['http://0/', 'this network'],
    ['http://0.0.0.0/', 'this network'],
    ['http://0.1.2.3/', 'this network'],
    ['http://[::]/', 'this network'],
    ['http://10.1.2.3/', 'private'],
    ['http://0300.0250.1.1/', 'private'],
    ['http://172.16.0.1/', 'private'],
    ['http://172.31.255.255/', 'private'],
    ['http://192.168.0.1/', 'private'],
    ['http://[fc00::1]/', 'private'],
    ['http://[fd00:ec2::254]/', 'private'],
    ['http://[fec0::1]/', 'private'],
    ['http://169.254.169.254/latest/meta-data/', 'link-local'],
    ['http://0xa9fea9fe/', 'link-local'],
    ['http://[::ffff:169.254.169.254]/', 'link-local'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://100.64.0.1/', 'carrier-grade'],
    ['http://100.100.100.200/', 'carrier-grade'],
    ['http://192.0.0.192/', 'reserved'],
    ['http://192.0.2.1/', 'reserved'],
    ['http://192.88.99.1/', 'reserved'],
    ['http://198.18.0.1/', 'reserved'],
    ['http://198.51.100.1/', 'reserved'],
    ['http://203.0.113.1/', 'reserved'],
    ['http://240.0.0.1/', 'reserved'],
    ['http://224.0.0.1/', 'multicast'],
    ['http://[ff02::1]/', 'multicast'],
    ['http://255.255.255.255/', 'broadcast'],
    ['http://168.63.129.16/', 'cloud platform'],
    ['http://[64:ff9b::7f00:1]/', 'NAT64'],
    ['http://[64:ff9b:1::7f00:1]/', 'NAT64'],
    ['http://[2002:7f00:1::]/', '6to4'],
    ['http://[2001::1]/', 'Teredo'],
    ['http://[2001:2::1]/', 'reserved'],
    ['http://[2001:db8::1]/', 'reserved'],
    ['http://[3fff::1]/', 'reserved'],
    ['http://[5f00::1]/', 'reserved'],
    ['http://[100::1]/', 'reserved'],
    ['http://[4000::1]/', 'reserved'],
  ])('refuses the literal %s as %s', (url, word) => {
    const refusal = checkTargetUrl(url, NONE);

    expect(refusal?.reason).toBe('ADDRESS');
    expect(refusal?.message).toContain(word);
  });

  it.each([
    'http://localhost/',
    'http://LOCALHOST:8080/',
    'http://localhost./',
    'http://ⓛocalhost/',
    'http://api.localhost/',
    'http://receiver.internal/',
    'http://printer.local/',
    'http://router.lan/',
    'http://nas.home.arpa/',
    'http://redis/',
    'http://metadata.google.internal/',
    'http://metadata/',
    'http://metadata.goog./',
    'http://instance-data/',
  ])('refuses the name in %s', (url) => {
    expect(checkTargetUrl(url, NONE)?.reason).toBe('HOST_NAME');
  });

  it.each([
    ['ftp://affiliate.example/', 'SCHEME'],
    ['file:///etc/passwd', 'SCHEME'],
    ['javascript:alert(1)', 'SCHEME'],
    ['gopher://affiliate.example/', 'SCHEME'],
    ['https://user:secret@affiliate.example/', 'CREDENTIALS'],
    ['https://affiliate.example@127.0.0.1/', 'CREDENTIALS'],
    ['https://:secret@affiliate.example/', 'CREDENTIALS'],
    ['//affiliate.example/', 'URL'],
    ['/postback', 'URL'],
    ['', 'URL'],
    ['https://', 'URL'],
    ['http://[fe80::1%25eth0]/', 'URL'],
    ['http://[::1%lo]/', 'URL'],
    ['http://256.1.1.1/', 'URL'],
    ['http://1.2.3.4.5/', 'URL'],
    ['http://127.0.0.1%00.example/', 'URL'],
    ['https://affiliate.example:22/', 'PORT'],
    ['https://affiliate.example:5432/', 'PORT'],
    ['https://affiliate.example:6379/', 'PORT'],
    ['https://affiliate.example:0/', 'PORT'],
    ['https://8.8.8.8:25/', 'PORT'],
  ])('refuses %s for its %s', (url, reason) => {
    expect(checkTargetUrl(url, NONE)?.reason).toBe(reason);
  });

  it('refuses every number spelling of a private address', () => {
    const privateAddress = fc.integer({ min: 0x0a000000, max: 0x0affffff });
    fc.assert(
      fc.property(privateAddress, fc.constantFrom(8, 10, 16), (value, radix) => {
        const prefix = { 8: '0', 10: '', 16: '0x' }[radix];
        const refusal = checkTargetUrl(`http://${prefix}${value.toString(radix)}/`, NONE);
        return refusal?.reason === 'ADDRESS';
      }),
    );
  });

  it('says what was typed and where postbacks may go', () => {
    const refusal = checkTargetUrl('http://0x7f.1/', NONE);

    expect(refusal?.message).toBe(
      '127.0.0.1 is a loopback address; postbacks are sent to public internet addresses only',
    );
  });
});

describe('the allow list', () => {
  const allow = parseNetworks('10.0.0.0/8, 127.0.0.1/32,::1/128,');

  it('lifts the address and the port policy inside its networks', () => {
    expect(checkTargetUrl('http://10.9.8.7:6379/', allow)).toBeNull();
    expect(checkTargetUrl('http://127.0.0.1:22/', allow)).toBeNull();
    expect(checkTargetUrl('http://[::ffff:127.0.0.1]:4000/', allow)).toBeNull();
    expect(checkTargetUrl('http://[::1]:4000/', allow)).toBeNull();
    expect(checkTargetUrl('http://localhost:4000/', allow)).toBeNull();
    expect(checkTargetUrl('http://receiver.internal:5432/', allow)).toBeNull();
  });

  it('lifts nothing outside of them', () => {
    expect(checkTargetUrl('http://127.0.0.2/', allow)?.reason).toBe('ADDRESS');
    expect(checkTargetUrl('http://192.168.0.1/', allow)?.reason).toBe('ADDRESS');
    expect(checkTargetUrl('https://affiliate.example:22/', allow)?.reason).toBe('PORT');
    expect(checkTargetUrl('http://metadata.google.internal/', allow)?.reason).toBe('HOST_NAME');
    expect(checkHostName('localhost', 80, parseNetworks('10.0.0.0/8'))).not.toBeNull();
  });

  it('takes a bare address, a network with host bits and a mapped network', () => {
    expect(checkAddress('192.0.2.7', 80, parseNetworks('192.0.2.7'))).toBeNull();
    expect(checkAddress('10.200.0.1', 80, parseNetworks('10.1.2.3/8'))).toBeNull();
    expect(checkAddress('127.0.0.9', 80, parseNetworks('::ffff:127.0.0.0/104'))).toBeNull();
  });

  it('does not open IPv4 with an IPv6 network of everything', () => {
    expect(checkAddress('127.0.0.1', 80, parseNetworks('::/0'))?.reason).toBe('ADDRESS');
  });

  it.each(['10/8', '10.0.0.0/33', '::1/129', '10.0.0.0/', '10.0.0.0/8/8', 'localhost', '0x7f.1/8'])(
    'names the bad entry %s',
    (entry) => {
      expect(() => parseNetworks(`10.0.0.0/8,${entry}`)).toThrow(`"${entry}"`);
    },
  );

  it('names all bad entries at once', () => {
    expect(() => parseNetworks('a,10.0.0.0/8,fe80::1%eth0/64')).toThrow(
      new NetworksError(['a', 'fe80::1%eth0/64']),
    );
  });
});

describe('checkAddress', () => {
  it.each(['fe80::1%eth0', '2606:4700::1111%1', '127.1', '0x7f.0.0.1', '', 'affiliate.example'])(
    'refuses %s, which is no plain address',
    (address) => {
      expect(checkAddress(address, 443, NONE)?.reason).toBe('ADDRESS');
    },
  );

  it('lists the denied ports once each and leaves those of the web free', () => {
    expect(new Set(DENIED_PORTS).size).toBe(DENIED_PORTS.length);
    for (const port of [80, 443, 3000, 8000, 8080, 8443]) expect(DENIED_PORTS).not.toContain(port);
  });
});
