import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeScene, type Scene } from '../support/scene.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openMonitor, signIn, waitForState } from './support/monitor-page.ts';

describe.skipIf(!hasChromium)('the door of the monitor', () => {
  let volley: Scene;
  let browser: Browser;
  beforeAll(async () => {
    [volley, browser] = await Promise.all([makeScene(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await volley?.[Symbol.asyncDispose]();
  });

  async function makeKey(role: string, more = '') {
    const { createApiKey } = await volley.read<{
      createApiKey: { secret: string; apiKey: { id: string } };
    }>(`mutation { createApiKey(input: { name: "${role} of the door", role: ${role} ${more} }) {
      ... on CreateApiKeyPayload { secret apiKey { id } } } }`);
    return createApiKey;
  }

  test('a wrong key, an INTEGRATION key and no key are told apart', async () => {
    const integration = await makeKey('INTEGRATION', `integrationId: "${volley.integrationId}"`);
    await using monitor = await openMonitor(browser, volley.url, { key: 'no-key-of-this-volley' });
    const { page } = monitor;

    await page.getByText('Volley does not know this key').waitFor();
    await signIn(page, integration.secret);
    await page.getByText('This is an INTEGRATION key').waitFor();
    await signIn(page, ' ');
    await page.getByText('Key: type or paste a key of Volley.').waitFor();
  });

  test('a key that is revoked ends the session, and says so', async () => {
    const { secret, apiKey } = await makeKey('VIEWER');
    await using monitor = await openMonitor(browser, volley.url, { key: secret });
    const { page } = monitor;
    await waitForState(page, 'Live');

    await volley.read(
      `mutation { revokeApiKey(input: { apiKeyId: "${apiKey.id}" }) { __typename } }`,
    );

    await page.getByText('This key has been revoked or has expired.').waitFor();
    await page.getByLabel('Key', { exact: true }).waitFor();
  });

  test('the key stays for this tab when asked to, and is gone after signing out', async () => {
    await using monitor = await openMonitor(browser, volley.url);
    const { page } = monitor;
    await waitForState(page, 'Live');
    await page.reload();
    await waitForState(page, 'Live');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key', { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel('Key', { exact: true }).waitFor();

    expect(await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })')).toBe(
      '{}',
    );
    expect(monitor.complaints).toEqual([]);
  });
});
