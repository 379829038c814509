import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLocator } from '../../src/clicks/locate.ts';
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

afterAll(() => rmSync(directory, { recursive: true, force: true }));
writeMmdb(file, {
  '203.0.113.0/24': MUNICH,
  '198.51.100.0/24': { country: { iso_code: 'FR' } },
  '2001:db8::/32': { country: { iso_code: 'JP' } },
});

test('an address is looked up in either family, and nothing is known of others', async () => {
  const locate = await openLocator(file);

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

  await expect(openLocator(text)).rejects.toThrow(/VOLLEY_GEO_DATABASE: cannot read .*text\.mmdb/);
  await expect(openLocator(join(directory, 'none'))).rejects.toThrow(/ENOENT/);
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
