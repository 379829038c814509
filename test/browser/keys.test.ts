import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTcpProxy } from '../faults/support/tcp-proxy.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene, type SceneAffiliate } from '../support/scene.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openMonitor, rowsOf, signIn, waitForRows, waitForState } from './support/monitor-page.ts';

describe.skipIf(!hasChromium)('keys in the monitor', () => {
  let volley: Scene;
  let receiver: Receiver;
  let browser: Browser;
  beforeAll(async () => {
    [volley, receiver, browser] = await Promise.all([
      makeScene(),
      startReceiver(),
      launchChromium(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await volley?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  async function affiliateWithPixel(parentId?: string): Promise<SceneAffiliate> {
    const affiliate = await volley.affiliate(parentId);
    await volley.pixel(affiliate.affiliateId, { url: `${receiver.url}/p?sum={amount}` });
    return affiliate;
  }

  async function fire({ entryUrl }: SceneAffiliate, amount: string): Promise<string> {
    const clickId = await volley.click(entryUrl);
    await volley.event(clickId, { amount });
    await volley.advance(5_000);
    await receiver.next();
    return clickId;
  }

  let keys = 0;
  async function makeKey(role: string, more = '') {
    keys += 1;
    const { createApiKey } = await volley.read<{
      createApiKey: { secret: string; apiKey: { id: string } };
    }>(`mutation { createApiKey(input: { name: "screen ${keys}", role: ${role} ${more} }) {
      ... on CreateApiKeyPayload { secret apiKey { id } } } }`);
    return createApiKey;
  }
  const keyOf = ({ affiliateId }: SceneAffiliate) =>
    makeKey('AFFILIATE', `affiliateId: "${affiliateId}"`);
  const revoke = (id: string) =>
    volley.read(`mutation { revokeApiKey(input: { apiKeyId: "${id}" }) { __typename } }`);

  test('an AFFILIATE key sees its own rows only, and does what is its own to do', async () => {
    const [own, other] = [await affiliateWithPixel(), await affiliateWithPixel()];
    await fire(own, '1');
    const clickOfOther = await fire(other, '2');
    const [postbackOfOther] = await volley.postbacks(other.affiliateId);
    const { secret } = await keyOf(own);
    await using monitor = await openMonitor(browser, volley.url, { key: secret });
    const { page } = monitor;
    await waitForState(page, 'Live');
    await waitForRows(page, 1);
    await page.getByText(`affiliate ${own.affid}`).waitFor();
    expect(await page.getByRole('searchbox', { name: 'Affiliate' }).count()).toBe(0);

    await fire(other, '3');
    await fire(own, '4');
    await waitForRows(page, 2);
    const sums = await rowsOf(page).locator('.final mark.value').allTextContents();
    expect(sums).toEqual(['4', '1']);
    await rowsOf(page).first().locator('.event').click();
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText('It is fired again').waitFor();
    await receiver.next();
    const look = (address: string) => page.evaluate(`location.hash = ${JSON.stringify(address)}`);
    await look(`#/postback/${encodeURIComponent(postbackOfOther?.id ?? '')}`);
    await page.getByText('There is no such postback, or not for this key.').waitFor();
    await look(`#/why/${clickOfOther}`);
    await page.getByText('No event was reported for it').waitFor();
    await look(`#/pixels/${other.affid}`);
    await page.getByText(`There is no affiliate ${other.affid} that this key may see.`).waitFor();
    await page.getByRole('link', { name: 'Pixels' }).click();
    await page.getByRole('heading', { name: `Pixels of ${own.affid}` }).waitFor();
    expect(await page.getByRole('link', { name: 'All affiliates' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel(/^Template/).fill(`${receiver.url}/mine?sum={amount}`);
    await page.getByRole('button', { name: 'Save pixel' }).click();
    await page.getByText('Saved.').waitFor();
    expect(monitor.complaints).toEqual([]);
  });

  test('the filter of another affiliate stops the stream of an AFFILIATE key, with the reason', async () => {
    const [own, other] = [await affiliateWithPixel(), await affiliateWithPixel()];
    await using monitor = await openMonitor(browser, volley.url, {
      address: `?affid=${other.affid}`,
      key: (await keyOf(own)).secret,
    });
    const { page } = monitor;

    await waitForState(page, 'Stopped');
    await page.getByText(`there is no affiliate ${other.affid} that this key may see`).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await waitForState(page, 'Live');
  });

  test('a key whose rights change comes back by itself, with what it may see now', async () => {
    const broker = await affiliateWithPixel();
    await using monitor = await openMonitor(browser, volley.url, { key: null });
    const { page } = monitor;
    let connecting = Promise.resolve();
    await page.routeWebSocket('**/graphql', async (toPage) => {
      await connecting;
      toPage.connectToServer();
    });
    await signIn(page, (await keyOf(broker)).secret);
    await waitForState(page, 'Live');
    await fire(broker, '1');
    await waitForRows(page, 1);

    const slow = Promise.withResolvers<void>();
    connecting = slow.promise;
    const below = await affiliateWithPixel(broker.affiliateId);
    await waitForState(page, 'Reconnecting');
    slow.resolve();
    await page.getByText(/^Resumed after/).waitFor();
    await waitForState(page, 'Live');
    await fire(below, '2');

    await waitForRows(page, 2);
    expect(await rowsOf(page).first().locator('.affiliate').textContent()).toBe(below.affid);
    expect(monitor.complaints).toEqual([]);
  });

  test('a key that is revoked shows nothing more, and another one goes on in its place', async () => {
    const affiliate = await affiliateWithPixel();
    await fire(affiliate, '1');
    const [first, second] = [await keyOf(affiliate), await keyOf(affiliate)];
    await using monitor = await openMonitor(browser, volley.url, { key: first.secret });
    const { page } = monitor;
    await waitForState(page, 'Live');
    await waitForRows(page, 1);

    await revoke(first.apiKey.id);
    await page.getByText('This key has been revoked or has expired.').waitFor();
    expect(await rowsOf(page).count()).toBe(0);
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await fire(affiliate, '2');
    await signIn(page, second.secret);

    await waitForState(page, 'Live');
    await waitForRows(page, 2);
    expect(await page.getByText('This key has been revoked').count()).toBe(0);
    expect(monitor.complaints).toEqual([]);
  });

  test('a key that is revoked while the network is away is told so once it is back', async () => {
    await using proxy = await startTcpProxy(Number(new URL(volley.url).port));
    const { secret, apiKey } = await makeKey('VIEWER');
    await using monitor = await openMonitor(browser, `http://127.0.0.1:${proxy.port}`, {
      key: secret,
    });
    const { page } = monitor;
    await waitForState(page, 'Live');

    proxy.down();
    await waitForState(page, 'Reconnecting');
    await revoke(apiKey.id);
    proxy.up();
    await page.getByRole('button', { name: 'Try now' }).click();

    await page.getByText('This key has been revoked or has expired.').waitFor();
  });

  test('where only known operations may be run, the page works all the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'volley-documents-'));
    const VOLLEY_PERSISTED_OPERATIONS = join(folder, 'documents.json');
    writeFileSync(VOLLEY_PERSISTED_OPERATIONS, JSON.stringify({ kind: '{ __typename }' }));
    const strict = await volley.another({
      VOLLEY_PERSISTED_OPERATIONS,
      VOLLEY_PERSISTED_ONLY: '1',
    });
    rmSync(folder, { recursive: true });
    const affiliate = await affiliateWithPixel();
    await using monitor = await openMonitor(browser, strict.url, {
      key: (await keyOf(affiliate)).secret,
    });
    const { page } = monitor;
    await waitForState(page, 'Live');
    await fire(affiliate, '5');
    await rowsOf(page).first().locator('.event').click();
    await page.getByRole('link', { name: /^Why did/ }).click();
    await page.getByText('Fires', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Pixels' }).click();
    await page.getByRole('link', { name: 'New pixel' }).click();
    await page.getByLabel(/^Template/).fill(`${receiver.url}/new?id={clickid}`);
    await page.getByRole('region', { name: 'Preview' }).locator('mark.value').waitFor();
    await page.getByRole('button', { name: 'Use it in the template' }).click();
    await page.getByText('Nothing has arrived yet.').waitFor();
    await page.getByRole('button', { name: 'Save pixel' }).click();
    await page.getByText('Saved.').waitFor();

    expect(monitor.complaints).toEqual([]);
  });
});
