import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { subscribe } from '../support/live-client.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { makeScene, rowIdIn, type Scene, type SceneAffiliate } from '../support/scene.ts';

const DESTINATION =
  'id origin breaker held heldAt nextProbeAt heldReason trips lastFailure waiting';
const RESUME = `mutation ($id: ID!) { resumeDestination(input: { destinationId: $id }) {
  ... on ResumeDestinationPayload { destination { id breaker } } ... on Error { __typename message }
} }`;

type Destination = {
  id: string;
  origin: string;
  breaker: string;
  heldReason: string | null;
  held: boolean;
  nextProbeAt: string | null;
  waiting: number;
};

let scene: Scene;

beforeAll(async () => {
  // Without a worker nothing is called, and holds stay as they are set.
  scene = await makeScene({ VOLLEY_ROLE: 'api' });
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

async function list(where: string): Promise<Destination[]> {
  const { destinations } = await scene.read<{ destinations: { nodes: Destination[] } }>(
    `{ destinations(first: 50, where: ${where}) { nodes { ${DESTINATION} } } }`,
  );
  return destinations.nodes;
}

async function keyOf({ affiliateId }: SceneAffiliate) {
  const input = { name: 'Its own', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
  return scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
}

/** As a worker would. */
async function hold(destinationId: string): Promise<void> {
  await scene.sql(`
    UPDATE destination SET breaker = 'OPEN', held_until = volley_now() + interval '1 hour', held_since = volley_now(),
      held_reason = 'FAILING', trips = 1, last_failure = 'HTTP_503', changed_at = volley_now()
    WHERE id = '${rowIdIn(destinationId)}'`);
}

async function release(destinationId: string): Promise<void> {
  await scene.sql(`
    UPDATE destination SET breaker = 'CLOSED', held_until = NULL, held_since = NULL, held_reason = NULL, trips = 0,
      changed_at = volley_now() WHERE id = '${rowIdIn(destinationId)}'`);
}

/** An affiliate with one pixel, a click, and a postback that waits. */
async function withPostback() {
  const own = await scene.affiliate();
  await scene.pixel(own.affiliateId, {});
  const { postbacks } = await scene.event(await scene.click(own.entryUrl));
  const [destination] = await list(`{ affiliateIds: ["${own.affiliateId}"] }`);
  return { ...own, destination: destination as Destination, postbackId: postbacks[0]?.id ?? '' };
}

describe('destinations', () => {
  test('are made by saves, one per scheme, host and port of an affiliate', async () => {
    const { affiliateId } = await scene.affiliate();
    const urls = [
      'https://affiliate.example/a?x={affclickid}',
      'https://affiliate.example/b?x={affclickid}',
      'https://affiliate.example:8443/?x={affclickid}',
      'http://affiliate.example/?x={affclickid}',
      'https://xn--bcher-kva.example/?x={affclickid}',
    ];
    for (const url of urls) await scene.pixel(affiliateId, { url });

    const origins = (await list(`{ affiliateIds: ["${affiliateId}"] }`)).map((it) => it.origin);

    expect(origins.toReversed()).toEqual([
      'https://affiliate.example',
      'https://affiliate.example:8443',
      'http://affiliate.example',
      'https://xn--bcher-kva.example',
    ]);
  });

  test('are found by owner, part of the origin, and whether they are held', async () => {
    const { affiliateId, destination } = await withPostback();
    const own = `affiliateIds: ["${affiliateId}"]`;

    expect(await list(`{ ${own}, held: true }`)).toEqual([]);
    await hold(destination.id);

    const [held] = await list(`{ ${own}, held: true, originContains: "AFFILIATE.EX" }`);
    expect(held).toMatchObject({
      ...{ id: destination.id, breaker: 'OPEN', held: true, heldReason: 'FAILING', trips: 1 },
      ...{ lastFailure: 'HTTP_503', waiting: 1 },
    });
    expect(await list(`{ ${own}, held: false }`)).toEqual([]);
    expect(await list(`{ ${own}, originContains: "%" }`)).toEqual([]);
  });

  test('of others are not there', async () => {
    const mine = await withPostback();
    const theirs = await withPostback();
    const key = await keyOf(mine);

    const { data } = (await key.ask(
      `query ($id: ID!) { destinations { nodes { id } } node(id: $id) { id } }`,
      { id: theirs.destination.id },
    )) as { data?: { destinations: { nodes: { id: string }[] }; node: object | null } | null };

    expect(data?.destinations.nodes).toEqual([{ id: mine.destination.id }]);
    expect(data?.node).toBeNull();
  });
});

describe('HELD', () => {
  test('is an open postback whose destination is held, everywhere', async () => {
    const { affiliateId, destination, postbackId } = await withPostback();
    const where = (status: string) =>
      `where: { affiliateIds: ["${affiliateId}"], status: [${status}] }`;
    const ask = `query ($id: ID!) {
      node(id: $id) { ... on Postback { status destination { id breaker } } }
      held: postbacks(${where('HELD')}) { nodes { id } }
      scheduled: postbacks(${where('SCHEDULED')}) { nodes { id } }
      postbackStats(where: { affiliateIds: ["${affiliateId}"] }) { byStatus { status count } }
    }`;
    const csv = async () => {
      const query = new URLSearchParams({ columns: 'status', affiliateIds: affiliateId });
      return (await scene.admin.fetch(`/reports/postbacks.csv?${query}`)).text();
    };
    const found = async () => (await scene.read(ask, { id: postbackId })) as object;

    expect(await found()).toMatchObject({
      ...{ node: { status: 'SCHEDULED' }, held: { nodes: [] } },
      scheduled: { nodes: [{ id: postbackId }] },
    });
    await hold(destination.id);

    expect(await found()).toMatchObject({
      node: { status: 'HELD', destination: { id: destination.id, breaker: 'OPEN' } },
      held: { nodes: [{ id: postbackId }] },
      scheduled: { nodes: [] },
      postbackStats: { byStatus: [{ status: 'HELD', count: 1 }] },
    });
    expect(await csv()).toContain('HELD');
  });
});

describe('resumeDestination', () => {
  test('has it probed now, by its owner or an admin, and says when it is not held', async () => {
    const mine = await withPostback();
    const other = await keyOf(await scene.affiliate());
    const { id } = mine.destination;
    const resume = async (api: Scene['admin']) =>
      ((await api.ask(RESUME, { id })) as { data?: { resumeDestination: object } }).data
        ?.resumeDestination;

    expect(await resume(scene.admin)).toMatchObject({
      __typename: 'ConflictError',
      message: expect.stringContaining('not held'),
    });
    await hold(id);
    expect(await resume(other)).toMatchObject({ __typename: 'NotFoundError' });
    expect(await resume(await keyOf(mine))).toEqual({ destination: { id, breaker: 'OPEN' } });
    const [row] = await scene.sql(
      `SELECT held_until <= volley_now() AS now FROM destination WHERE id = '${rowIdIn(id)}'`,
    );
    expect(row).toEqual({ now: true });
  });
});

describe('destinationChanged', () => {
  test('tells holds and releases to those who may see them, once each', async () => {
    const mine = await withPostback();
    const theirs = await withPostback();
    const { secret } = await (async () => {
      const input = { name: 'x', role: 'AFFILIATE' as const, affiliateId: mine.affiliateId };
      const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
      return expectType(createApiKey, 'CreateApiKeyPayload');
    })();
    await hold(mine.destination.id);
    const document = 'subscription { destinationChanged { id breaker } }' as never;
    type Told = { destinationChanged: { id: string; breaker: string } };
    await using stream = subscribe<Told, Record<string, never>>(scene.url, secret, document, {});
    const first = stream.next();
    const told = [(await first).destinationChanged];
    await hold(theirs.destination.id);
    await release(mine.destination.id);
    told.push((await stream.next()).destinationChanged);

    expect(told).toEqual([
      { id: mine.destination.id, breaker: 'OPEN' },
      { id: mine.destination.id, breaker: 'CLOSED' },
    ]);
  });
});
