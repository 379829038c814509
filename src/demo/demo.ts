import { parseArgs } from 'node:util';
import { createApp } from '../app.ts';
import { type Config, readConfig } from '../config.ts';
import { StartError } from '../platform/failure.ts';
import { stopSignal } from '../platform/lifecycle.ts';
import { createLog, standardError } from '../platform/log.ts';
import { createApi } from './api.ts';
import { DemoError } from './demo-error.ts';
import { keepKey, recall, recallKey, remember } from './memory.ts';
import { createPrinter, type Printer } from './print.ts';
import { startReceiver } from './receiver.ts';
import { runScenario } from './scenario.ts';
import { ENTRY_URL, seedScenario } from './seed.ts';

const USAGE = `Usage: npm run demo [-- --once]

Runs Volley's main job: a click and an event become a fired postback that a live viewer sees.
Then it keeps serving until Ctrl-C.

  --once  exit when the postback was delivered: 0, or 1 with the reason when it was not
`;
const STOP_LIMIT_MS = 30_000;

async function main(once: boolean): Promise<void> {
  const stop = stopSignal();
  const print = createPrinter();
  print.title('Volley demo: a click and an event become a fired postback that a live viewer sees');
  const config = demoConfig(process.env);
  const memory = recall(config.dataDir);
  const key = config.adminKey ?? recallKey(config.dataDir);
  await using receiver = await startReceiver(memory.receiverPort);
  await using app = await createApp(
    { ...config, adminKey: key },
    createLog(config.logLevel, standardError()),
  );
  if (!config.adminKey) keepKey(config.dataDir, key);
  for (const note of app.notes) print.fact('runs on', note);
  print.fact('serves', app.url);
  print.fact('receiver', `${receiver.url}, the affiliate's server`);

  const api = createApi(app.url, key);
  const scenario = await seedScenario(api, receiver.url, memory.integrationId);
  remember(config.dataDir, {
    receiverPort: receiver.port,
    integrationId: scenario.integrationId,
  });
  print.fact('pixel', `on FirstDeposit, ${scenario.template}\n`);
  await using live = await api.watch(print.live);

  const done = runScenario({ api, live, receiver, print }, scenario).then(() => 'done' as const);
  const ended = await Promise.race([done, stop]);
  if (ended === 'done') {
    print.success('Delivered: receiver, live message and report show the same final URL.');
    if (!once) {
      tellAddresses(print, app.url, key);
      await stop;
    }
  } else if (once) {
    throw new DemoError(`Stopped by ${ended} before the postback was delivered.`);
  }
  if (!once) print.step('stopping', 'finishing what is under way');
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
}

/** As any start, with the demo's own receiver allowed and a log that leaves the demo's lines readable. */
function demoConfig(variables: NodeJS.ProcessEnv): Config {
  const allowed = [variables.VOLLEY_ALLOW_TARGETS, '127.0.0.1/32'].filter(Boolean).join(',');
  return readConfig({
    ...variables,
    VOLLEY_ROLE: 'all',
    VOLLEY_ALLOW_TARGETS: allowed,
    LOG_LEVEL: variables.LOG_LEVEL || 'warn',
  });
}

function tellAddresses(print: Printer, url: string, key: string): void {
  print.title(
    '\nIt keeps serving, and prints every further result as it arrives. Ctrl-C stops it.',
  );
  print.fact('monitor', `${url}/monitor (sign in with the key below)`);
  print.fact('GraphiQL', `${url}/graphql`);
  print.fact('its header', JSON.stringify({ authorization: `Bearer ${key}` }));
  print.fact('visit', `${url}${ENTRY_URL}`);
  print.fact(
    'report',
    `curl -H 'authorization: Bearer ${key}' ` +
      `'${url}/event?clickid=<clickid>&event=FirstDeposit&amount=50&currency=USD'`,
  );
  print.fact('look', `${url}/metrics and ${url}/health\n`);
}

function readArguments(): { once?: boolean; help?: boolean } | null {
  try {
    const options = { once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ options }).values;
  } catch {
    return null;
  }
}

const given = readArguments();
if (given?.help) {
  process.stdout.write(USAGE);
} else if (given) {
  try {
    await main(given.once ?? false);
  } catch (thrown) {
    const isTold = thrown instanceof StartError || thrown instanceof DemoError;
    if (isTold) process.stderr.write(`${thrown.message}\n`);
    else console.error(thrown);
    process.exitCode = 1;
  }
} else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}
