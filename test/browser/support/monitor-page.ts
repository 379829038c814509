import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { ADMIN_KEY } from '../../support/make-app.ts';

/** A monitor page in a browser profile of its own. */
export type MonitorPage = AsyncDisposable & {
  page: Page;
  /** What the browser complained of: faults of the page and breaches of its content security policy. */
  complaints: string[];
};

type Options = BrowserContextOptions & {
  /** Behind `/monitor`: filters, and a view behind `#`. */
  address?: string;
  /** Signs in with it; null stays at the door. */
  key?: string | null;
};

/** Opens the page and signs in, as ADMIN unless told. */
export async function openMonitor(
  browser: Browser,
  url: string,
  { address = '', key = ADMIN_KEY, ...options }: Options = {},
): Promise<MonitorPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Who loses the network hears of it from the browser as well.
    if (message.type() === 'error' && !/net::ERR|WebSocket connection/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  await page.goto(`${url}/monitor${address}`);
  if (key !== null) await signIn(page, key);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The lines of the table. */
export function rowsOf(page: Page) {
  return page.locator('.drawn [role=row]');
}

/** Waits until the page says that it stands so. */
export function waitForState(page: Page, state: 'Live' | 'Reconnecting' | 'Stopped') {
  return page.getByRole('status').filter({ hasText: state }).first().waitFor();
}

/** Waits until as many lines are there, and no more. */
export async function waitForRows(page: Page, count: number): Promise<void> {
  await expect.poll(() => rowsOf(page).count(), { timeout: 15_000 }).toBe(count);
}
