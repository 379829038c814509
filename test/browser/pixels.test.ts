import { randomBytes } from 'node:crypto';
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
      makeScene({ VOLLEY_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` }),
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

  test('an affiliate is renamed, granted a permission, paused and resumed', async () => {
    const { affid, entryUrl } = await volley.affiliate();
    await using monitor = await openMonitor(browser, volley.url, { address: '#/pixels' });
    const { page } = monitor;
    const visit = async () => (await fetch(volley.url + entryUrl, { redirect: 'manual' })).status;
    await page.getByRole('button', { name: `Edit ${affid}` }).click();
    const form = page.getByRole('form', { name: `Edit ${affid}` });
    await form.getByLabel('Name').fill('');
    await form.getByRole('button', { name: 'Save affiliate' }).click();
    await page.getByText('name: must not be empty').waitFor();
    await form.getByLabel('Name').fill('Renamed');
    await form.getByRole('checkbox', { name: /visitors/ }).check();
    expect(await violationsOf(page)).toEqual([]);
    await form.getByRole('button', { name: 'Save affiliate' }).click();
    await page.getByText('Renamed').waitFor();
    await page.getByRole('button', { name: `Pause ${affid}` }).click();
    await page.getByText('paused').waitFor();
    await expect.poll(visit).toBe(410);

    const { affiliate } = await volley.read<{ affiliate: object }>(
      `{ affiliate(affid: "${affid}") { name status permissions pixelsNeedApproval } }`,
    );
    expect(affiliate).toEqual({
      ...{ name: 'Renamed', status: 'PAUSED' },
      ...{ permissions: ['VISITOR_DATA'], pixelsNeedApproval: false },
    });
    await page.getByRole('button', { name: `Resume ${affid}` }).click();
    await page.getByRole('button', { name: `Pause ${affid}` }).waitFor();
    await expect.poll(visit).toBe(302);
    expect(monitor.complaints).toEqual([]);
  });

  test('everything of a pixel is set, told at its field when refused, and only changes are saved', async () => {
    const { affid, affiliateId, entryUrl } = await volley.affiliate();
    const clickId = await volley.click(entryUrl);
    await using monitor = await openMonitor(browser, volley.url, {
      address: `#/pixels/${affid}/new`,
    });
    const { page } = monitor;
    await page.getByLabel(/^Template/).fill(`${receiver.url}/all?id={affclickid}`);
    await page.getByLabel('Method').selectOption('POST');
    await page.getByLabel(/^Body/).fill('{ "sum": "');
    await page.getByRole('button', { name: 'amount', exact: true }).click();
    await page.getByText('is not valid JSON').waitFor();
    expect(await page.getByLabel(/^Body/).getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel(/^Body/).fill('{ "sum": "{amount}" }');
    await page.getByLabel(/^Clicks of/).selectOption('SPECIFIC_CAMPAIGNS');
    await page.getByText('needs at least one campaign').waitFor();
    await page.getByRole('checkbox', { name: /^2001/ }).check();
    await page.getByText('More settings').click();
    await page.getByRole('checkbox', { name: 'reversed' }).check();
    await page.getByLabel('No call unless').fill('affclickid');
    await page.getByLabel('Attempts at most').fill('13');
    await page.getByRole('button', { name: 'Save pixel' }).click();
    const attempts = page.locator('#maxAttempts-refusals');
    await attempts.getByText('must be 1 to 12; it was 13').waitFor();
    await page.getByText('Not saved: see above.').waitFor();
    await page.getByLabel('Attempts at most').fill('3');
    await page.getByLabel('Calls per second').fill('7');
    await page.getByRole('checkbox', { name: /^Sign calls/ }).check();
    const preview = page.getByRole('region', { name: 'Preview' });
    await preview.getByRole('button', { name: 'Newest click' }).click();
    const rendered = preview.getByLabel('With the values of');
    await expect.poll(() => rendered.inputValue()).toBe(clickId);
    await preview.getByText('application/json').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save pixel' }).click();
    const secret = await page.getByText(/^whsec_/).textContent();
    await page.screenshot({ path: 'test/browser/screenshots/builder-all.png', fullPage: true });
    await page.reload();

    await page.getByRole('heading', { name: 'Edit pixel' }).waitFor();
    await page.getByRole('checkbox', { name: /^2001/, checked: true }).waitFor();
    expect(await page.getByText(/whsec_/).count()).toBe(0);
    expect(secret).toMatch(/^whsec_/);
    expect(await page.getByLabel('Attempts at most').inputValue()).toBe('3');
    const pixels = `{ pixels(where: { affiliateIds: ["${affiliateId}"] }) { nodes {
      id version scope campaigns { code } statuses required method body maxAttempts maxPerSecond signed
    } } }`;
    type Saved = { pixels: { nodes: { id: string; version: number }[] } };
    const [pixel] = (await volley.read<Saved>(pixels)).pixels.nodes;
    expect(pixel).toMatchObject({
      ...{ scope: 'SPECIFIC_CAMPAIGNS', campaigns: [{ code: '2001' }], method: 'POST' },
      ...{ statuses: ['APPROVED', 'REVERSED'], required: ['affclickid'], maxAttempts: 3 },
      ...{ body: '{ "sum": "{amount}" }', maxPerSecond: 7, signed: true },
    });
    // What somebody else changes meanwhile is not undone.
    await volley.read(
      `mutation { updatePixel(input: { pixelId: "${pixel?.id}", maxAttempts: 5 }) { __typename } }`,
    );
    await page.getByLabel('Calls per second').fill('');
    await page.getByRole('button', { name: 'Save pixel' }).click();
    await page.getByText('Saved.').waitFor();
    expect((await volley.read<Saved>(pixels)).pixels.nodes).toMatchObject([
      { maxAttempts: 5, maxPerSecond: null, version: 3, required: ['affclickid'] },
    ]);
    expect(await page.getByLabel('Attempts at most').inputValue()).toBe('5');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused').waitFor();
    expect(monitor.complaints).toEqual([]);
  });

  test('a template of another system is translated, with a word to each change', async () => {
    const { affid } = await volley.affiliate();
    await using monitor = await openMonitor(browser, volley.url, {
      address: `#/pixels/${affid}/new`,
    });
    const { page } = monitor;
    const template = page.getByLabel(/^Template/);
    await template.fill('https://affiliate.example/p?id={transaction_id}&aff={affiliate_id}');
    await page.getByText('Translate from another system').click();
    await page.getByLabel(/^System/).selectOption('TUNE');
    await page.getByRole('button', { name: 'Translate', exact: true }).click();

    await page.getByText('As TUNE writes it:').waitFor();
    expect(await template.inputValue()).toBe(
      'https://affiliate.example/p?id={clickid}&aff={affid}',
    );
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
