import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Without Chromium the browser tests are skipped, and say so. */
export const hasChromium = existsSync(EXECUTABLE);
if (!hasChromium) {
  console.warn(
    `browser tests are skipped: there is no Chromium at ${EXECUTABLE}. ` +
      'Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH.',
  );
}

/** A headless Chromium with a profile of its own, which asks nobody but the pages it is given. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
