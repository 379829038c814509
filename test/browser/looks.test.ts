import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY } from '../support/make-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene, type SceneAffiliate } from '../support/scene.ts';
import { violationsOf } from './support/axe.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openMonitor, rowsOf, signIn, waitForState } from './support/monitor-page.ts';

const ASSETS = 'monitor/dist/assets';

test('all scripts and styles of the monitor are under 60 kB, gzipped', () => {
  const files = readdirSync(ASSETS).filter((name) => /\.(js|css)$/.test(name));
  const bytes = files.map((name) => gzipSync(readFileSync(`${ASSETS}/${name}`)).length);

  expect(files.length).toBeGreaterThanOrEqual(2);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(60_000);
});

describe.skipIf(!hasChromium)('how the monitor looks', () => {
  let volley: Scene;
  let receiver: Receiver;
  let browser: Browser;
  let affiliate: SceneAffiliate;
  beforeAll(async () => {
    [volley, receiver, browser] = await Promise.all([
      makeScene(),
      startReceiver(),
      launchChromium(),
    ]);
    affiliate = await volley.affiliate();
    const template = `${receiver.url}/postback?click_id={affclickid}&payout_sum={amount}&currency={currency}&tx={transaction_id}`;
    await volley.pixel(affiliate.affiliateId, { url: template });
    receiver.answer({ status: 200 }, { status: 503 }, { status: 404 }, { status: 200 });
    for (const amount of ['50', '120.5', '75', '20', '310']) await fire(amount);
  });
  afterAll(async () => {
    await browser?.close();
    await volley?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  let count = 0;
  async function fire(amount: string) {
    count += 1;
    const clickId = await volley.click(affiliate.entryUrl);
    await volley.event(clickId, { amount, transactionId: count === 3 ? null : `T-${count}` });
    await volley.advance(5_000);
    await receiver.next();
  }

  const screens = [
    { name: 'light', options: { colorScheme: 'light' } },
    { name: 'dark', options: { colorScheme: 'dark' } },
    {
      name: 'phone',
      options: { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true },
    },
  ] as const;

  test.each(screens)('in $name: table, drawer and "why" are readable by axe', async (screen) => {
    const { name, options } = screen;
    await using monitor = await openMonitor(browser, volley.url, { ...options });
    const { page } = monitor;
    const shoot = (what: string) =>
      page.screenshot({ path: `test/browser/screenshots/${what}-${name}.png` });
    await waitForState(page, 'Live');
    await rowsOf(page).nth(4).waitFor();
    await page.getByText('Nothing fired').waitFor();
    await fire('200');
    await page.getByText('1 attempt, 0 failed').waitFor();

    await shoot('table');
    const found = { table: await violationsOf(page), drawer: [''], why: [''], door: [''] };
    await rowsOf(page).nth(1).locator('.event').click();
    await page.getByRole('heading', { name: 'Attempts' }).waitFor();
    await shoot('drawer');
    found.drawer = await violationsOf(page);
    await page.getByRole('link', { name: /^Why did/ }).click();
    await page.getByText('Fires', { exact: true }).waitFor();
    await shoot('why');
    found.why = await violationsOf(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await shoot('door');
    found.door = await violationsOf(page);

    expect(found).toEqual({ table: [], drawer: [], why: [], door: [] });
    expect(monitor.complaints).toEqual([]);
  });

  test.each(screens)('in $name: builder and affiliates are readable by axe', async (screen) => {
    const { name, options } = screen;
    await using monitor = await openMonitor(browser, volley.url, {
      address: `#/pixels/${affiliate.affid}/new`,
      ...options,
    });
    const { page } = monitor;
    const shoot = (what: string) =>
      page.screenshot({ path: `test/browser/screenshots/${what}-${name}.png` });
    await page.setViewportSize({ width: page.viewportSize()?.width ?? 390, height: 1_900 });
    await page
      .getByLabel(/^Template/)
      .fill('https://affiliate.example/p?id={affclickid}&x={amont}');
    await page.getByLabel('Method').selectOption('POST');
    await page.getByLabel(/^Clicks of/).selectOption('SPECIFIC_CAMPAIGNS');
    await page.getByText('Translate from another system').click();
    await page.getByText('More settings').click();
    await page.getByText('needs at least one campaign').waitFor();
    await shoot('builder');
    const found = { builder: await violationsOf(page), affiliates: [''] };
    const width = 'document.querySelector(".page").scrollWidth - innerWidth';
    expect(await page.evaluate(width)).toBeLessThanOrEqual(0);
    await page.getByRole('link', { name: 'Pixels', exact: true }).click();
    await page.getByRole('button', { name: `Edit ${affiliate.affid}` }).click();
    await shoot('affiliates');
    found.affiliates = await violationsOf(page);

    expect(found).toEqual({ builder: [], affiliates: [] });
    expect(monitor.complaints).toEqual([]);
  });

  test('ten thousand rows: fewer than 100 are drawn, and both ends are reached by key', async () => {
    await using monitor = await openMonitor(browser, volley.url, { key: null });
    const { page } = monitor;
    // What Volley really sends, as often as it would in a busy hour.
    await page.routeWebSocket('**/graphql', (toPage) => {
      const toVolley = toPage.connectToServer();
      toVolley.onMessage((message) => {
        toPage.send(message);
        if (!String(message).includes('"attempt":{"number":1,')) return;
        for (let number = 100; number < 10_200; number += 1) {
          toPage.send(String(message).replace('"number":1,', `"number":${number},`));
        }
      });
    });
    await signIn(page, ADMIN_KEY);
    await waitForState(page, 'Live');
    await rowsOf(page).nth(4).waitFor();

    await fire('400');
    await page.getByText('10,000 rows').waitFor({ timeout: 30_000 });

    expect(await page.locator('[role=row]').count()).toBeLessThan(100);
    const focused = () => page.locator('[role=row]:focus').getAttribute('aria-rowindex');
    await rowsOf(page).first().focus();
    await page.keyboard.press('End');
    await expect.poll(focused).toBe('10001');
    expect(await page.locator('[role=row]').count()).toBeLessThan(100);
    await page.keyboard.press('Home');
    await expect.poll(focused).toBe('2');
    expect(monitor.complaints).toEqual([]);
  });
});
