import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { StartError } from './platform/failure.ts';
import { stopSignal } from './platform/lifecycle.ts';
import { createLog } from './platform/log.ts';

/** How long stopping may take before the process ends without it: a deadline and its outcome. */
const STOP_LIMIT_MS = 30_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const stop = stopSignal((signal) => log.warn({ signal }, 'stopped without draining'));
  await using app = await createApp(config, log);
  log.info({ url: app.url, role: config.role, notes: app.notes }, 'serving');
  if (app.newAdminKey) printKey(app.newAdminKey);

  const signal = await stop;
  log.info({ signal }, 'draining');
  setTimeout(() => {
    log.error('stopping took too long');
    process.exit(1);
  }, STOP_LIMIT_MS).unref();
}

/** The one time this key can be read; it must not stand in the log, which is kept elsewhere. */
function printKey(key: string): void {
  process.stderr.write(`\nThe first ADMIN key, shown only now:\n\n  ${key}\n\n`);
}

try {
  await main();
} catch (thrown) {
  if (thrown instanceof StartError) process.stderr.write(`${thrown.message}\n`);
  else console.error(thrown);
  process.exitCode = 1;
}
