import { follow, TailError } from './follow.ts';
import type { TypedDocumentString } from './gql/graphql.ts';
import { FIND_AFFILIATE, FIND_CAMPAIGN } from './operations.ts';
import { readOptions, type TailOptions, USAGE, UsageError } from './options.ts';
import { jsonOf, lineOf } from './print.ts';

const EXIT = { refused: 1, usage: 2, key: 3 };
const ANSWER_LIMIT_MS = 15_000;

/** Results go to standard output, everything about the stream to standard error: one may be piped alone. */
async function main(options: TailOptions, signal: AbortSignal): Promise<void> {
  const { url, key, after, since, limit, json } = options;
  const [affiliateIds, campaignIds] = await Promise.all([
    Promise.all(options.affids.map((affid) => findAffiliate(options, affid))),
    Promise.all(options.campaigns.map((code) => findCampaign(options, code))),
  ]);
  const where = {
    ...options.where,
    ...(affiliateIds.length > 0 && { affiliateIds }),
    ...(campaignIds.length > 0 && { campaignIds }),
  };
  let shown = 0;
  for await (const one of follow({ url, key, variables: { where, after, since }, signal })) {
    if (one.kind === 'result') {
      process.stdout.write(`${json ? jsonOf(one.fired) : lineOf(one.fired)}\n`);
      shown += 1;
      if (shown === limit) return;
    } else if (one.kind === 'standing') {
      tell(one.resumed ? 'connected again, going on where it was' : `watching ${url}`);
    } else if (one.kind === 'gap') {
      tell('GAP: the log no longer holds what came before; read it from the report');
    } else {
      tell(`connection lost (${one.reason}); again in ${(one.againInMs / 1000).toFixed(1)} s`);
    }
  }
}

function tell(text: string): void {
  process.stderr.write(`tail: ${text}\n`);
}

async function findAffiliate(options: TailOptions, affid: string): Promise<string> {
  const { affiliate } = await ask(options, FIND_AFFILIATE, { affid });
  if (affiliate) return affiliate.id;
  throw new TailError(`--affiliate: there is no affiliate ${affid} that this key may see`);
}

async function findCampaign(options: TailOptions, code: string): Promise<string> {
  const { campaign } = await ask(options, FIND_CAMPAIGN, { code });
  if (campaign) return campaign.id;
  throw new TailError(`--campaign: there is no campaign ${code}`);
}

async function ask<Data, Variables>(
  { url, key }: TailOptions,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: document.toString(), variables }),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  }).catch(() => {
    throw new TailError(`cannot reach ${url}: is Volley running there? VOLLEY_URL says where`);
  });
  const { data, errors } = (await response.json()) as {
    data?: Data;
    errors?: { message: string }[];
  };
  if (data && !errors) return data;
  throw new TailError(
    errors?.[0]?.message ?? `${url} answered ${response.status}`,
    response.status === 401,
  );
}

function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof UsageError) return EXIT.usage;
  return thrown instanceof TailError && thrown.isKeyRefused ? EXIT.key : EXIT.refused;
}

// Whoever reads may stop at any time: `npm run -s tail | head`.
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code === 'EPIPE') process.exit(0);
  throw fault;
});
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
try {
  const options = readOptions(process.argv.slice(2), process.env, new Date());
  if (options) await main(options, stop.signal);
  else process.stdout.write(USAGE);
} catch (thrown) {
  if (!(thrown instanceof UsageError || thrown instanceof TailError)) console.error(thrown);
  else tell(thrown.message);
  if (thrown instanceof UsageError) tell('npm run -s tail -- --help tells the options');
  process.exitCode = exitCodeOf(thrown);
}
