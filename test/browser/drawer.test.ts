import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openMonitor, rowsOf, waitForRows, waitForState } from './support/monitor-page.ts';

describe.skipIf(!hasChromium)('a postback in the monitor', () => {
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

  async function makePixel(input: object = {}) {
    const affiliate = await volley.affiliate();
    const url = `${receiver.url}/postback?click_id={affclickid}&tx={transaction_id}`;
    await volley.pixel(affiliate.affiliateId, { url, ...input });
    return affiliate;
  }

  test('shows attempts, the answer and where values came from, and is replayed', async () => {
    const affiliate = await makePixel();
    receiver.answer({ status: 200, body: 'thank you' });
    await volley.event(await volley.click(affiliate.entryUrl));
    await volley.advance(5_000);
    await receiver.next();
    await using monitor = await openMonitor(browser, volley.url, {
      address: `?affid=${affiliate.affid}`,
    });
    const { page } = monitor;
    await waitForState(page, 'Live');
    await waitForRows(page, 1);

    await rowsOf(page).first().locator('.event').click();
    const drawer = page.getByRole('complementary', { name: 'Postback' });
    await drawer.getByText('thank you').waitFor();
    const values = await drawer.getByRole('row').allTextContents();
    expect(values).toContain('{affclickid}1122223444455565666entry1122223444455565666');
    expect(values).toContain('{transaction_id}noneunresolved');
    await drawer.getByRole('button', { name: 'Replay', exact: true }).click();
    await receiver.next();

    await drawer.getByRole('link', { name: 'open it' }).click();
    await drawer.getByRole('link', { name: 'an earlier postback' }).waitFor();
    await waitForRows(page, 2);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('complementary').count()).toBe(0);
    expect(monitor.complaints).toEqual([]);
  });

  test.each([
    ['GET', {}],
    ['POST', { method: 'POST', body: '{"id":"{affclickid}","try":{attempt}}' }],
  ])('an attempt by %s is copied as a command that makes the same call', async (method, input) => {
    const affiliate = await makePixel(input);
    await volley.event(await volley.click(affiliate.entryUrl));
    await volley.advance(5_000);
    const call = await receiver.next();
    await using monitor = await openMonitor(browser, volley.url, {
      address: `?affid=${affiliate.affid}`,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = monitor;
    await waitForRows(page, 1);
    await rowsOf(page).first().locator('.event').click();

    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();

    const copied = await page.evaluate('navigator.clipboard.readText()');
    const called = `'${receiver.url}${call.url}'`;
    const sent = `-H 'content-type: application/json' --data-raw '${call.body}'`;
    expect(copied).toBe(
      method === 'GET' ? `curl -i ${called}` : `curl -i -X POST ${called} ${sent}`,
    );
    expect(monitor.complaints).toEqual([]);
  });

  test('is cancelled while it waits for its next attempt', async () => {
    const affiliate = await makePixel();
    receiver.answer({ status: 503 });
    await volley.event(await volley.click(affiliate.entryUrl));
    await volley.advance(5_000);
    await receiver.next();
    await using monitor = await openMonitor(browser, volley.url, {
      address: `?affid=${affiliate.affid}`,
    });
    const { page } = monitor;
    await waitForRows(page, 1);

    await rowsOf(page).first().locator('.event').click();
    const drawer = page.getByRole('complementary', { name: 'Postback' });
    await drawer.getByRole('button', { name: 'Cancel postback' }).click();

    await drawer.getByText('Cancelled: no further attempt is made.').waitFor();
    await drawer.getByRole('button', { name: 'Replay', exact: true }).waitFor();
    receiver.answer({ status: 200 });
  });

  test('tells for every pixel why it did or did not fire', async () => {
    const affiliate = await makePixel();
    await volley.pixel(affiliate.affiliateId, {
      url: `${receiver.url}/sale?id={affclickid}`,
      triggerEvent: 'Sale',
    });
    const clickId = await volley.click(affiliate.entryUrl);
    await volley.event(clickId);
    await using monitor = await openMonitor(browser, volley.url, { address: '#/why' });
    const { page } = monitor;

    await page.getByLabel('Clickid').fill(clickId);
    await page.getByRole('button', { name: 'Look up its events' }).click();

    await page.getByText('the pixel listens to another event type').waitFor();
    expect(await page.getByText('Fires', { exact: true }).count()).toBe(1);
    expect(await page.getByText('Does not fire', { exact: true }).count()).toBe(1);
    await page.getByLabel('Clickid').fill('nosuchclick');
    await page.getByRole('button', { name: 'Look up its events' }).click();
    await page.getByText('No event was reported for it').waitFor();
    expect(monitor.complaints).toEqual([]);
  });

  test('a key that may only read is shown no button that changes anything', async () => {
    const affiliate = await makePixel();
    await volley.event(await volley.click(affiliate.entryUrl));
    await volley.advance(5_000);
    await receiver.next();
    const { createApiKey } = await volley.read<{ createApiKey: { secret: string } }>(
      `mutation { createApiKey(input: { name: "screen", role: VIEWER }) {
        ... on CreateApiKeyPayload { secret } } }`,
    );
    await using monitor = await openMonitor(browser, volley.url, {
      address: `?affid=${affiliate.affid}`,
      key: createApiKey.secret,
    });
    const { page } = monitor;
    await waitForRows(page, 1);

    await rowsOf(page).first().locator('.event').click();
    const drawer = page.getByRole('complementary', { name: 'Postback' });
    await drawer.getByRole('button', { name: 'Copy as curl' }).waitFor();

    expect(await drawer.getByRole('button', { name: /Replay|Cancel/ }).count()).toBe(0);
  });
});
