import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';
import { violationsOf } from './support/axe.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openMonitor } from './support/monitor-page.ts';

describe.skipIf(!hasChromium)('affiliates and pixels in the monitor', () => {
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

  test('an affiliate is added, its pixel built with a preview, saved, fired as a test and paused', async () => {
    receiver.answer({ status: 202, body: 'noted' });
    await using monitor = await openMonitor(browser, volley.url, { address: '#/pixels' });
    const { page } = monitor;
    await page.getByLabel('Code (affid)').fill('new-1');
    await page.getByLabel('Name', { exact: true }).fill('A new one');
    await page.getByRole('button', { name: 'Add affiliate' }).click();
    await page.getByText('No pixel yet').waitFor();

    await page.getByRole('link', { name: 'New pixel' }).click();
    const template = page.getByLabel(/^Template/);
    await template.fill(`${receiver.url}/p?sum={amont}&id=`);
    await page.getByText('amont').and(page.locator('.warn, .problem')).first().waitFor();
    await template.fill(`${receiver.url}/p?sum={amount}&id=`);
    await page.getByRole('button', { name: 'clickid', exact: true }).click();
    expect(await template.inputValue()).toBe(`${receiver.url}/p?sum={amount}&id={clickid}`);
    const preview = page.getByRole('region', { name: 'Preview' });
    await expect.poll(() => preview.locator('mark.value').count()).toBe(2);
    await page.screenshot({ path: 'test/browser/screenshots/builder-light.png' });
    expect(await violationsOf(page)).toEqual([]);
    expect(receiver.total).toBe(0);

    await page.getByRole('button', { name: 'Save pixel' }).click();
    await page.getByRole('button', { name: 'Test fire' }).click();
    await page.getByText('noted').waitFor();
    expect((await receiver.next()).url).toMatch(/^\/p\?sum=[\d.]+&id=\w+$/);
    await page.getByRole('link', { name: 'All pixels of new-1' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(monitor.complaints).toEqual([]);
  });

  test('a pixel is tried on an echo receiver, which shows what arrives as it arrives', async () => {
    const { affid } = await volley.affiliate();
    await using monitor = await openMonitor(browser, volley.url, {
      address: `#/pixels/${affid}/new`,
    });
    const { page } = monitor;
    const template = page.getByLabel(/^Template/);
    await template.fill('https://affiliate.example/p?sum={amount}');
    await page.getByRole('button', { name: 'Use it in the template' }).click();
    await page.getByText('Nothing has arrived yet.').waitFor();
    expect(await template.inputValue()).toMatch(/\/echo\/[0-9a-f]{32}\?sum=\{amount\}$/);
    await page.getByRole('button', { name: 'Save pixel' }).click();
    await page.getByRole('button', { name: 'Test fire' }).click();

    const arrived = page.getByRole('list', { name: 'What arrived at the echo receiver' });
    await arrived.getByText(/GET \/\?sum=[\d.]+ · 200/).waitFor();
    await arrived.getByText('Headers').click();
    await arrived.getByText(/^webhook-id: /m).waitFor();
    expect(await arrived.getByRole('listitem').count()).toBe(1);
    expect(monitor.complaints).toEqual([]);
    expect(await violationsOf(page)).toEqual([]);
  });
});
