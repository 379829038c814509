import type { Browser, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeCursor } from '../../src/live/position.ts';
import { startTcpProxy, type TcpProxy } from '../faults/support/tcp-proxy.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene, type SceneAffiliate } from '../support/scene.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openMonitor, rowsOf, signIn, waitForRows, waitForState } from './support/monitor-page.ts';

describe.skipIf(!hasChromium)('the monitor page', () => {
  let volley: Scene;
  let receiver: Receiver;
  let proxy: TcpProxy;
  let browser: Browser;
  /** Where the browser finds Volley: behind a network that can go away. */
  let url: string;
  beforeAll(async () => {
    [volley, receiver, browser] = await Promise.all([
      makeScene(),
      startReceiver(),
      launchChromium(),
    ]);
    proxy = await startTcpProxy(Number(new URL(volley.url).port));
    url = `http://127.0.0.1:${proxy.port}`;
  });
  afterAll(async () => {
    await browser?.close();
    await proxy?.[Symbol.asyncDispose]();
    await volley?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  /** An affiliate whose FirstDeposits call the receiver. */
  async function affiliateWithPixel(): Promise<SceneAffiliate> {
    const affiliate = await volley.affiliate();
    const template = `${receiver.url}/postback?click_id={affclickid}&payout_sum={amount}&tx={transaction_id}`;
    await volley.pixel(affiliate.affiliateId, { url: template });
    return affiliate;
  }

  /** Reports an event whose postback is called at once; answers the URL that was called. */
  async function fire({ entryUrl }: SceneAffiliate, amount = '50'): Promise<string> {
    await volley.event(await volley.click(entryUrl), { amount });
    await volley.advance(5_000);
    return `${receiver.url}${(await receiver.next()).url}`;
  }

  test('signs in, and shows a postback when it is fired, with the values in its final URL', async () => {
    const affiliate = await affiliateWithPixel();
    await using monitor = await openMonitor(browser, url, { address: `?affid=${affiliate.affid}` });
    const { page } = monitor;
    await waitForState(page, 'Live');
    await page.getByText('No postback passes these filters yet').waitFor();

    const called = await fire(affiliate, '77');

    const row = rowsOf(page).first();
    await row.waitFor();
    expect(await row.locator('.final').textContent()).toBe(called);
    expect(await row.locator('.final mark.value').allTextContents()).toEqual([
      '1122223444455565666',
      '77',
    ]);
    expect(await row.locator('.final mark.open').count()).toBe(1);
    expect(await row.locator('.status').textContent()).toBe('delivered');
    expect(await row.locator('.code').textContent()).toBe('200');
    expect(page.url()).not.toContain('key');
    expect(monitor.complaints).toEqual([]);
  });

  test('asks the server for what the filters say, and keeps them in the address', async () => {
    const [one, other] = [await affiliateWithPixel(), await affiliateWithPixel()];
    await fire(one, '11');
    await fire(one, '12');
    await fire(other, '13');
    await using monitor = await openMonitor(browser, url);
    const { page } = monitor;
    await waitForState(page, 'Live');
    await expect.poll(() => rowsOf(page).count()).toBeGreaterThanOrEqual(3);

    await page.getByLabel('Affiliate').fill(one.affid);
    await page.getByLabel('Affiliate').press('Enter');
    await waitForRows(page, 2);
    await page.getByLabel('Final URL contains').fill('payout_sum=12');
    await page.getByLabel('Final URL contains').press('Enter');
    await waitForRows(page, 1);
    await waitForState(page, 'Live');
    await fire(one, '11');
    await fire(one, '121');
    await waitForRows(page, 2);

    expect(new URL(page.url()).search).toBe(`?affid=${one.affid}&finalUrlContains=payout_sum%3D12`);
    await page.reload();
    await waitForRows(page, 2);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => rowsOf(page).count()).toBeGreaterThan(2);
    expect(monitor.complaints).toEqual([]);
  });

  test('holds still while paused, counts what comes, and catches up', async () => {
    const affiliate = await affiliateWithPixel();
    await fire(affiliate, '1');
    await using monitor = await openMonitor(browser, url, { address: `?affid=${affiliate.affid}` });
    const { page } = monitor;
    await waitForState(page, 'Live');
    await waitForRows(page, 1);

    await page.getByRole('button', { name: 'Pause' }).click();
    await fire(affiliate, '2');
    await fire(affiliate, '3');
    const catchUp = page.getByRole('button', { name: 'Catch up · 2 new' });
    await catchUp.waitFor();
    expect(await rowsOf(page).count()).toBe(1);
    await catchUp.click();

    await waitForRows(page, 3);
    expect(await rowsOf(page).first().locator('.final').textContent()).toContain('payout_sum=3');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
  });

  test('tells that the network is lost, and resumes without a missing row', async () => {
    const affiliate = await affiliateWithPixel();
    await using monitor = await openMonitor(browser, url, { address: `?affid=${affiliate.affid}` });
    const { page } = monitor;
    await waitForState(page, 'Live');
    await fire(affiliate, '1');
    await waitForRows(page, 1);

    proxy.down();
    await waitForState(page, 'Reconnecting');
    await fire(affiliate, '2');
    await fire(affiliate, '3');
    await fire(affiliate, '4');
    expect(await rowsOf(page).count()).toBe(1);
    proxy.up();
    await page.getByRole('button', { name: 'Try now' }).click();

    await waitForState(page, 'Live');
    await waitForRows(page, 4);
    await page.getByText(/Resumed after .*, 3 rows caught up/).waitFor();
    const sums = await rowsOf(page).locator('.final mark.value:nth-of-type(2)').allTextContents();
    expect(sums).toEqual(['4', '3', '2', '1']);
    expect(monitor.complaints).toEqual([]);
  });

  test('tells a gap when the log does not hold what was missed, and reads it from the report', async () => {
    const affiliate = await affiliateWithPixel();
    await using monitor = await openMonitor(browser, volley.url, { key: null });
    const { page } = monitor;
    // As after a restore: the page asks for what is behind a place that this log never had.
    const ahead = encodeCursor({ xact: 10n ** 15n, id: 1n });
    const sockets: WebSocketRoute[] = [];
    let isDown = false;
    await page.routeWebSocket('**/graphql', (toPage) => {
      if (isDown) return void toPage.close();
      sockets.push(toPage);
      const toVolley = toPage.connectToServer();
      toPage.onMessage((message) => {
        toVolley.send(String(message).replace(/"after":"[^"]+"/, `"after":"${ahead}"`));
      });
    });
    await signIn(page, ADMIN_KEY);
    await page.getByLabel('Affiliate').fill(affiliate.affid);
    await page.getByLabel('Affiliate').press('Enter');
    await waitForState(page, 'Live');
    await fire(affiliate, '1');
    await waitForRows(page, 1);

    isDown = true;
    for (const socket of sockets) await socket.close().catch(() => {});
    await waitForState(page, 'Reconnecting');
    await fire(affiliate, '2');
    isDown = false;
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('Gap: the live log no longer holds all that was missed').waitFor();
    await waitForState(page, 'Live');
    await fire(affiliate, '3');
    await waitForRows(page, 2);
    await page.getByRole('button', { name: 'Read it from the report' }).click();

    await waitForRows(page, 3);
    expect(await page.getByText('Gap:').count()).toBe(0);
    const sums = await rowsOf(page).locator('.final mark.value:nth-of-type(2)').allTextContents();
    expect(sums).toEqual(['3', '2', '1']);
    expect(monitor.complaints).toEqual([]);
  });
});
