import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/process.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openMonitor, rowsOf, waitForState } from './support/monitor-page.ts';

describe.skipIf(!hasChromium)('npm run dev:monitor', () => {
  let volley: Scene;
  let browser: Browser;
  beforeAll(async () => {
    [volley, browser] = await Promise.all([makeScene(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await volley?.[Symbol.asyncDispose]();
  });

  test('serves the page from its sources, live beside a Volley that runs', async () => {
    await using receiver = await startReceiver();
    const affiliate = await volley.affiliate();
    await volley.pixel(affiliate.affiliateId, { url: `${receiver.url}/p?sum={amount}` });
    const vite = ['node_modules/vite/bin/vite.js', 'monitor', '--port', '0'];
    await using program = runProgram(vite, { VOLLEY_URL: volley.url });
    const [, url = ''] = await program.printed(/(http:\/\/localhost:\d+)\/monitor\//);
    await using monitor = await openMonitor(browser, url, { address: '/' });
    const { page } = monitor;
    await waitForState(page, 'Live');

    await volley.event(await volley.click(affiliate.entryUrl), { amount: '77' });
    await volley.advance(5_000);

    const final = rowsOf(page).first().locator('.final');
    await final.waitFor();
    expect(await final.textContent()).toBe(`${receiver.url}/p?sum=77`);
    expect(monitor.complaints).toEqual([]);
  });
});
