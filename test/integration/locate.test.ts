import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLocator } from '../../src/clicks/locate.ts';
import { eventually } from '../support/eventually.ts';
import { writeMmdb } from '../support/mmdb.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene } from '../support/scene.ts';

const directory = mkdtempSync(join(tmpdir(), 'volley-geo-'));
const file = join(directory, 'city.mmdb');
const MUNICH = {
  country: { iso_code: 'DE' },
  subdivisions: [{ iso_code: 'BY', names: { en: 'Bavaria' } }],
  city: { names: { en: 'Munich', de: 'München' } },
};
const DELAY_MS = 5_000;
const NOWHERE = { country: null, region: null, city: null };

function fail(thrown: unknown): void {
  throw thrown;
}

afterAll(() => rmSync(directory, { recursive: true, force: true }));
writeMmdb(file, {
  '203.0.113.0/24': MUNICH,
  '198.51.100.0/24': { country: { iso_code: 'FR' } },
  '2001:db8::/32': { country: { iso_code: 'JP' } },
});

test('an address is looked up in either family, and nothing is known of others', async () => {
  await using locator = await openLocator({ file, onFault: fail });
  const { locate } = locator;

  expect(locate('203.0.113.7')).toEqual({ country: 'DE', region: 'Bavaria', city: 'Munich' });
  expect(locate('::ffff:203.0.113.7')).toMatchObject({ city: 'Munich' });
  expect(locate('198.51.100.1')).toEqual({ ...NOWHERE, country: 'FR' });
  expect(locate('2001:db8::7')).toEqual({ ...NOWHERE, country: 'JP' });
  for (const address of ['192.0.2.1', '2001:db9::', 'fe80::1%eth0', 'nowhere', '', null]) {
    expect(locate(address), String(address)).toEqual(NOWHERE);
  }
});

test('a file that is no database is refused at the start, in a sentence', async () => {
  const text = join(directory, 'text.mmdb');
  writeFileSync(text, 'a letter');

  await expect(openLocator({ file: text, onFault: fail })).rejects.toThrow(
    /VOLLEY_GEO_DATABASE: cannot read .*text\.mmdb/,
  );
  const none = join(directory, 'none');
  await expect(openLocator({ file: none, onFault: fail })).rejects.toThrow(/ENOENT/);
});

test('a file in its place is taken up, and one that is half copied changes nothing', async () => {
  const renewed = join(directory, 'renewed.mmdb');
  const faults: unknown[] = [];
  const onFault = (thrown: unknown) => void faults.push(thrown);
  writeMmdb(renewed, { '203.0.113.0/24': MUNICH });
  await using locator = await openLocator({ file: renewed, onFault, everyMs: 20 });
  const city = async () => locator.locate('203.0.113.7').city;
  const whole = readFileSync(renewed);

  writeFileSync(renewed, whole.subarray(0, whole.length - 150));
  await eventually(
    async () => faults.length,
    (count) => expect(count).toBeGreaterThan(0),
  );
  expect(String(faults[0])).toMatch(/cannot read .*renewed\.mmdb/);
  expect(await city()).toBe('Munich');

  writeMmdb(renewed, { '203.0.113.0/24': { city: { names: { en: 'Bonn' } } } });
  await eventually(city, (name) => expect(name).toBe('Bonn'));
});

test('a broken record is nowhere, and no click is lost over it', async () => {
  const broken = join(directory, 'broken.mmdb');
  const faults: unknown[] = [];
  writeMmdb(broken, { '203.0.113.0/24': MUNICH });
  const bytes = readFileSync(broken);
  // A map of that many pairs does not fit into the file.
  bytes.writeUInt8(0xfe, bytes.indexOf('country') - 2);
  writeFileSync(broken, bytes);
  await using locator = await openLocator({
    file: broken,
    onFault: (thrown) => faults.push(thrown),
  });

  expect(locator.locate('203.0.113.7')).toEqual(NOWHERE);
  expect(faults).toHaveLength(1);
});

test('a call says where its visitor is, and what the link says where nobody knows', async () => {
  await using scene = await makeScene({ VOLLEY_GEO_DATABASE: file });
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  const url = `${receiver.url}/?c={country}&r={region}&t={city}`;
  await scene.pixel(affiliateId, { url });
  const called = async (ip: string) => {
    const { recordClick } = await scene.read<{ recordClick: { click: { clickId: string } } }>(
      `mutation ($input: RecordClickInput!) { recordClick(input: $input) {
         ... on RecordClickPayload { click { clickId } } } }`,
      { input: { entryUrl: `${entryUrl}&country=XX&city=Typed`, ip } },
    );
    await scene.event(recordClick.click.clickId);
    await scene.advance(DELAY_MS);
    return new URL((await receiver.next()).url, receiver.url).search;
  };

  expect(await called('203.0.113.7')).toBe('?c=DE&r=Bavaria&t=Munich');
  expect(await called('198.51.100.1')).toBe('?c=FR&r=&t=Typed');
  expect(await called('192.0.2.1')).toBe('?c=XX&r=&t=Typed');
});
