import { expect, test } from 'vitest';
import { makeApp, type TestApp } from '../support/make-app.ts';
import { ENTRY_URL, seedReference } from '../support/seed.ts';

/** The address that a visit's postbacks would carry as {ip}. */
async function visit(volley: TestApp, headers: Record<string, string>): Promise<unknown> {
  const answer = await volley.as(null).fetch(ENTRY_URL, { headers });
  const clickId = new URL(answer.headers.get('location') ?? '').searchParams.get('clickid');
  return (await volley.sql(`SELECT ip FROM click WHERE click_id = '${clickId}'`))[0]?.ip;
}

test('a click keeps the address that a trusted proxy saw, not the one a visitor made up', async () => {
  await using volley = await makeApp({ VOLLEY_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' });
  await seedReference(volley.admin);

  expect(await visit(volley, { 'x-forwarded-for': '192.0.2.1' })).toBe('192.0.2.1');
  const madeUp = '198.51.100.1, 10.0.0.1, ::ffff:192.0.2.7, 10.2.0.1';
  expect(await visit(volley, { 'x-forwarded-for': madeUp })).toBe('192.0.2.7');
  expect(await visit(volley, { 'x-forwarded-for': '198.51.100.1, unknown' })).toBe('127.0.0.1');
  expect(await visit(volley, { forwarded: 'for=198.51.100.1' })).toBe('127.0.0.1');
});

test('without trusted proxies the connection’s address is kept, in its IPv4 form', async () => {
  await using volley = await makeApp({ HOST: '::' });
  await seedReference(volley.admin);
  await using other = await makeApp({
    VOLLEY_TRUSTED_PROXIES: '127.0.0.1',
    VOLLEY_FORWARDED_HEADER: 'forwarded',
  });
  await seedReference(other.admin);

  const { port } = new URL(volley.url);
  const headers = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=198.51.100.1' };
  const answer = await fetch(`http://127.0.0.1:${port}${ENTRY_URL}`, {
    headers,
    redirect: 'manual',
  });
  const clickId = new URL(answer.headers.get('location') ?? '').searchParams.get('clickid');
  const [click] = await volley.sql(`SELECT ip FROM click WHERE click_id = '${clickId}'`);
  expect(click?.ip).toBe('127.0.0.1');
  expect(await visit(other, headers)).toBe('198.51.100.1');
});
