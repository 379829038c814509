import { randomBytes } from 'node:crypto';
import type { Log } from '../../src/platform/log.ts';
import { mintSealKey } from '../../src/platform/seal.ts';
import type { CreateApiKeyInput } from '../gql/graphql.ts';
import type { ViewerName } from './access-rules.ts';
import { expectType, type GraphqlAnswer } from './api.ts';
import { eventually } from './eventually.ts';
import { ADMIN_KEY, makeApp, type TestApp } from './make-app.ts';
import { CREATE_API_KEY } from './operations.ts';
import { startReceiver } from './receiver.ts';
import { rowIdIn } from './scene.ts';
import { seedReference } from './seed.ts';

export const AFFIDS = ['101', '102', '900', '901'] as const;
export type Affid = (typeof AFFIDS)[number];

/** Whose affiliate each viewer is, and what else it may see. INTEGRATION reports for 101 and 901, whose broker's pixel fires too. */
export const OWN: Partial<Record<ViewerName, Affid>> = {
  AFFILIATE: '101',
  OTHER_AFFILIATE: '102',
  IB: '900',
};
export const SEES: Partial<Record<ViewerName, Affid[]>> = {
  INTEGRATION: ['101', '900', '901'],
  AFFILIATE: ['101'],
  OTHER_AFFILIATE: ['102'],
  IB: ['900', '901'],
};

/** In every text that an affiliate's rows hold: no answer to somebody else may have it. */
export const markOf = (affid: string) => `mark-of-${affid}`;
/** In every personal datum of a visitor. */
export const PERSONAL = 'personal-7f';

/** What one affiliate has. Ids are global. */
export type Owned = {
  id: string;
  clickId: string;
  eventId: string;
  postbackId: string;
  /** Its template takes visitor data; ADMIN saved it. */
  pixelId: string;
  plainPixelId: string;
  trackingLinkId: string;
  destinationId: string;
  jobId: string;
  echoReceiverId: string;
};

export type World = AsyncDisposable & {
  volley: TestApp;
  keys: Record<ViewerName, string | null>;
  owned: Record<Affid, Owned>;
  ids: Record<'campaign' | 'offer' | 'integration' | 'otherIntegration' | 'apiKey', string>;
  receiverUrl: string;
  /** Runs a mutation as ADMIN and answers a field of its payload, its id or what is selected; throws when it is refused. */
  make<Node = { id: string }>(mutation: string, field: string, input: object): Promise<Node>;
};

const NO_LIMITS = ['queries', 'mutations', 'subscriptions', 'reports', 'anonymous'];

/**
 * A Volley with two affiliates and a broker with one below it, each with a row of every kind.
 * @param variables environment variables beyond those of a world
 */
export async function makeWorld(variables: Record<string, string> = {}, log?: Log): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(await startReceiver());
  const volley = stack.use(
    await makeApp(
      {
        // Workers fire what was seeded and leave: what is read must not change by itself.
        VOLLEY_ROLE: 'api',
        VOLLEY_ENCRYPTION_KEYS: mintSealKey('2026', randomBytes),
        // Large instead of none: so that every key is told where it stands.
        VOLLEY_RATE_LIMITS: NO_LIMITS.map((name) => `${name}=2000000000`).join(),
        ...variables,
      },
      log,
    ),
  );
  const { admin } = volley;

  async function make<Node = { id: string }>(
    mutation: string,
    field: string,
    input: object,
  ): Promise<Node> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
    const query = `mutation($input: ${type}Input!) { result: ${mutation}(input: $input) {
      ... on ${type}Payload { made: ${field.includes('{') ? field : `${field} { id }`} } ... on Error { message } } }`;
    const answer: GraphqlAnswer<unknown> = await admin.ask(query, { input });
    const { result } = (answer.data ?? {}) as { result?: { made?: Node } };
    const made = result?.made;
    if (!made) throw new Error(`${mutation}: ${JSON.stringify({ input, answer })}`);
    return made;
  }

  const reference = await seedReference(admin);
  const { id: otherIntegration } = await make('createIntegration', 'integration', {
    name: 'Other source',
    delaySeconds: 300,
  });
  await make('updateIntegration', 'integration', {
    integrationId: reference.integrationId,
    delaySeconds: 300,
  });
  const broker = await make('createAffiliate', 'affiliate', {
    affid: '900',
    name: markOf('900'),
    kind: 'IB',
  });
  const affiliates: Record<Affid, string> = {
    101: reference.affiliateId,
    102: (await make('createAffiliate', 'affiliate', { affid: '102', name: markOf('102') })).id,
    900: broker.id,
    901: (
      await make('createAffiliate', 'affiliate', {
        affid: '901',
        name: markOf('901'),
        parentId: broker.id,
      })
    ).id,
  };
  await make('updateAffiliate', 'affiliate', { affiliateId: affiliates[101], name: markOf('101') });
  await make('updateAffiliate', 'affiliate', {
    affiliateId: affiliates[102],
    permissions: ['VISITOR_DATA'],
  });
  const keys = await makeKeys(volley, { affiliates, integrationId: reference.integrationId });

  const owned = {} as Record<Affid, Owned>;
  for (const affid of AFFIDS) {
    const isOther = affid === '102' || affid === '900';
    owned[affid] = await makeOwned(make, {
      affid,
      affiliateId: affiliates[affid],
      campaignId: reference.campaignId,
      integrationId: isOther ? otherIntegration : reference.integrationId,
      receiverUrl: receiver.url,
    });
  }
  await volley.advance(300_000);
  const worker = await volley.another({ VOLLEY_ROLE: 'worker' });
  // Two pixels each, and both of the broker's fire for the click of 901 as well.
  await eventually(
    () => volley.sql(`SELECT id FROM postback WHERE state = 'DELIVERED'`),
    (rows) => {
      if (rows.length !== 10) throw new Error(`${rows.length} of 10 postbacks are delivered`);
    },
  );
  await worker[Symbol.asyncDispose]();
  for (const affid of AFFIDS) await complete(volley, make, owned[affid]);
  const { id: apiKey } = (await volley.sql('SELECT id FROM api_key LIMIT 1'))[0] ?? {};
  const running = stack.move();
  return {
    volley,
    keys,
    owned,
    ids: {
      campaign: reference.campaignId,
      offer: reference.offerId,
      integration: reference.integrationId,
      otherIntegration,
      apiKey: globalId('ApiKey', apiKey),
    },
    receiverUrl: receiver.url,
    make,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function makeKeys(
  { admin }: TestApp,
  { affiliates, integrationId }: { affiliates: Record<Affid, string>; integrationId: string },
): Promise<World['keys']> {
  const key = async (input: Omit<CreateApiKeyInput, 'name'>) => {
    const { createApiKey } = await admin.run(CREATE_API_KEY, { input: { name: 'key', ...input } });
    return expectType(createApiKey, 'CreateApiKeyPayload').secret;
  };
  const ofAffiliate = (affid: Affid) => key({ role: 'AFFILIATE', affiliateId: affiliates[affid] });
  return {
    ANONYMOUS: null,
    INTEGRATION: await key({ role: 'INTEGRATION', integrationId }),
    AFFILIATE: await ofAffiliate('101'),
    OTHER_AFFILIATE: await ofAffiliate('102'),
    IB: await ofAffiliate('900'),
    VIEWER: await key({ role: 'VIEWER' }),
    ADMIN: ADMIN_KEY,
  };
}

type Making = {
  affid: Affid;
  affiliateId: string;
  campaignId: string;
  integrationId: string;
  receiverUrl: string;
};

/** What an affiliate has before anything of it fires. */
async function makeOwned(make: World['make'], making: Making): Promise<Owned> {
  const { affid, affiliateId, campaignId, integrationId, receiverUrl } = making;
  const mark = markOf(affid);
  const link = await make('createTrackingLink', 'trackingLink', {
    affiliateId,
    campaignId,
    parameters: [{ name: 'sub', value: mark }],
  });
  const pixel = (url: string, sends: object = {}) =>
    make('createPixel', 'pixel', {
      ...sends,
      affiliateId,
      url: `${receiverUrl}/${mark}?${url}`,
      triggerEvent: 'FirstDeposit',
      scope: 'SPECIFIC_CAMPAIGNS',
      campaignIds: [campaignId],
      includeSubPartners: affid === '900',
    });
  const { id: pixelId } = await pixel('ua={user_agent}&who={customer_id}&sub={sub}', {
    ...{ method: 'POST', body: '{"who":"{customer_id}","sub":"{sub}"}' },
  });
  const { id: plainPixelId } = await pixel('click={clickid}&sub={sub}');
  await make('updatePixel', 'pixel', { pixelId, maxAttempts: 3 });
  const entryUrl = `/click?affid=${affid}&campaign=2001&affclickid=${mark}&sub=${mark}`;
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 ${PERSONAL}`;
  const visit = { entryUrl, userAgent, referrer: `https://${mark}.example/` };
  const { clickId } = await make<{ clickId: string }>('recordClick', 'click { clickId }', visit);
  const event = {
    clickId,
    type: 'FirstDeposit',
    amount: '50',
    currency: 'USD',
    transactionId: mark,
    customerId: PERSONAL,
    integrationId,
  };
  const { id: eventId } = await make('recordEvent', 'event', event);
  const { id: echoReceiverId, url: echoUrl } = await make<{ id: string; url: string }>(
    'createEchoReceiver',
    'echoReceiver { id url }',
    { affiliateId },
  );
  await fetch(`${echoUrl}/${mark}?sub=${mark}`, { method: 'POST', body: mark });
  const later = {
    echoReceiverId,
    pixelId,
    plainPixelId,
    postbackId: '',
    destinationId: '',
    jobId: '',
  };
  return { id: affiliateId, trackingLinkId: link.id, clickId, eventId, ...later };
}

/** What only comes of a fired postback: a job over it, and a destination that is held. */
async function complete(volley: TestApp, make: World['make'], owned: Owned): Promise<void> {
  const { pixelId, plainPixelId, id } = owned;
  const [postback] = await volley.sql(
    `SELECT id FROM postback WHERE pixel_id = '${rowIdIn(pixelId)}' AND event_id = '${rowIdIn(owned.eventId)}'`,
  );
  owned.postbackId = globalId('Postback', postback?.id);
  owned.destinationId = await holdDestination(volley, id);
  owned.jobId = (await planBackfill(make, plainPixelId)).id;
}

/** A destination that waits for its receiver; nothing is called there. */
export async function holdDestination(volley: TestApp, affiliateId: string): Promise<string> {
  const [made] = await volley.sql(`
    INSERT INTO destination (id, affiliate_id, origin, breaker, held_until, held_since, held_reason, last_failure)
    VALUES (gen_random_uuid(), '${rowIdIn(affiliateId)}', 'https://' || gen_random_uuid() || '.example', 'OPEN',
      volley_now() + interval '1 day', volley_now(), 'FAILING', 'HTTP_503') RETURNING id`);
  return globalId('Destination', made?.id);
}

/** A job that would repeat what was decided already: it has counts and skips. */
export function planBackfill(make: World['make'], pixelId: string): Promise<{ id: string }> {
  const days = (count: number) => new Date(Date.now() + count * 24 * 3_600_000).toISOString();
  return make('planBackfill', 'job', { pixelId, from: days(-1), to: days(1) });
}

export function globalId(type: string, row: unknown): string {
  return Buffer.from(`${type}:${row}`).toString('base64');
}

/** Ids of every row that a viewer may ever be shown, as global ids; null for everything. */
export async function rowsFor(world: World, viewer: ViewerName): Promise<Set<string> | null> {
  const affids = SEES[viewer];
  if (!affids) return null;
  const { volley, owned, ids } = world;
  const affiliates = affids.map((affid) => `'${rowIdIn(owned[affid].id)}'`).join();
  const own = `affiliate_id IN (${affiliates})`;
  const reported = `integration_id = '${rowIdIn(ids.integration)}'`;
  const events =
    viewer === 'INTEGRATION'
      ? reported
      : `click_row_id IN (SELECT id FROM click WHERE ${own}) OR id IN (SELECT event_id FROM postback WHERE ${own})`;
  const ofReports = `event_id IN (SELECT id FROM event WHERE ${reported})`;
  const conditions: Record<string, string> = {
    affiliate: `id IN (${affiliates})`,
    event: events,
    ...{ pixel: own, tracking_link: own, destination: own, job: own, click: own, postback: own },
    echo_receiver: viewer === 'INTEGRATION' ? 'false' : own,
    echo_call:
      viewer === 'INTEGRATION'
        ? 'false'
        : `receiver_id IN (SELECT id FROM echo_receiver WHERE ${own})`,
    ...{ campaign: 'true', offer: 'true', event_type: 'true', integration: 'true' },
    ...(viewer === 'INTEGRATION' && {
      ...{ tracking_link: 'false', job: 'false', postback: ofReports },
      click: `id IN (SELECT click_row_id FROM event WHERE ${reported}) OR ${own} AND referrer IS NULL`,
      integration: `id = '${rowIdIn(ids.integration)}'`,
    }),
  };
  const allowed = new Set<string>();
  for (const [table, condition] of Object.entries(conditions)) {
    const type = table.replaceAll(/(?:^|_)(.)/g, (_match, letter: string) => letter.toUpperCase());
    const rows = await volley.sql(`SELECT id FROM ${table} WHERE ${condition}`);
    for (const row of rows) allowed.add(globalId(type, row.id));
  }
  // Deleted ones were theirs too.
  const made = await volley.sql(`SELECT object_id AS id FROM audit_log
    WHERE object_type = 'EchoReceiver' AND after->>'affiliate_id' IN (${affiliates})`);
  for (const row of viewer === 'INTEGRATION' ? [] : made) {
    allowed.add(globalId('EchoReceiver', row.id));
  }
  return allowed;
}
