import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import {
  CREATE_CAMPAIGN,
  CREATE_INTEGRATION,
  CREATE_OFFER,
  CREATE_TRACKING_LINK,
} from '../support/operations.ts';
import { makeScene, type Scene } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

type Nodes = { nodes: Record<string, string>[] };

/** Asks for a list; answers one field of its rows, in order. */
async function list(query: string, field: string): Promise<(string | undefined)[]> {
  const answer = await scene.read<Record<string, Nodes>>(`{ ${query} { nodes { ${field} } } }`);
  return Object.values(answer)[0]?.nodes.map((node) => node[field]) ?? [];
}

async function offer(code: string, name = `Offer ${code}`): Promise<string> {
  const { createOffer } = await scene.admin.run(CREATE_OFFER, { input: { code, name } });
  return expectType(createOffer, 'CreateOfferPayload').offer.id;
}

async function campaign(code: string, offerId: string): Promise<string> {
  const landingUrl = 'https://brand.example/';
  const input = { code, name: `Campaign ${code}`, offerId, landingUrl };
  const { createCampaign } = await scene.admin.run(CREATE_CAMPAIGN, { input });
  return expectType(createCampaign, 'CreateCampaignPayload').campaign.id;
}

/** Runs a mutation by name; answers its result. */
async function change(mutation: string, input: object, payload: string) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const answer = await scene.admin.ask(
    `mutation ($input: ${type}Input!) { result: ${mutation}(input: $input) {
      ... on ${type}Payload { ${payload} } ... on Error { __typename message } } }`,
    { input },
  );
  return (answer.data as { result?: object } | undefined)?.result ?? answer;
}

describe('what was made can be listed', () => {
  test('offers and campaigns, by code, name, offer and status', async () => {
    const spring = await offer('spring', '100% Spring_offer');
    const autumn = await offer('autumn');
    const first = await campaign('s1', spring);
    await campaign('s2', spring);
    await campaign('a1', autumn);
    await change('updateCampaign', { campaignId: first, status: 'PAUSED' }, '__typename');

    expect((await list('offers', 'code')).slice(0, 2)).toEqual(['autumn', 'spring']);
    expect(await list('offers(first: 1)', 'code')).toEqual(['autumn']);
    expect(await list('offers(where: { codes: ["spring", "none"] })', 'code')).toEqual(['spring']);
    expect(await list('offers(where: { nameContains: "g_OFF" })', 'code')).toEqual(['spring']);
    expect(await list('offers(where: { nameContains: "0_" })', 'code')).toEqual([]);
    expect((await list('campaigns', 'code')).slice(0, 3)).toEqual(['a1', 's2', 's1']);
    const ofSpring = `offerIds: ["${spring}"]`;
    expect(await list(`campaigns(where: { ${ofSpring} })`, 'code')).toEqual(['s2', 's1']);
    expect(await list(`campaigns(where: { ${ofSpring}, status: PAUSED })`, 'code')).toEqual(['s1']);
    expect(await list('campaigns(where: { codes: ["a1"] })', 'code')).toEqual(['a1']);
    expect(await list('campaigns(where: { nameContains: "campaign a" })', 'code')).toEqual(['a1']);
  });

  test('event types and integrations', async () => {
    await change('createEventType', { code: 'Reload', name: 'Second deposit' }, '__typename');
    await scene.admin.run(CREATE_INTEGRATION, { input: { name: 'Cashier one' } });

    expect(await list('eventTypes(first: 100)', 'code')).toEqual(
      expect.arrayContaining(['Reload', 'FirstDeposit', 'Signup']),
    );
    expect(await list('eventTypes(where: { codes: ["Reload"] })', 'name')).toEqual([
      'Second deposit',
    ]);
    expect(await list('eventTypes(where: { nameContains: "SECOND" })', 'code')).toEqual(['Reload']);
    expect((await list('integrations', 'name'))[0]).toBe('Cashier one');
    expect(await list('integrations(where: { nameContains: "cashier" })', 'name')).toEqual([
      'Cashier one',
    ]);
  });

  test('tracking links, by affiliate and campaign', async () => {
    const [one, other] = [await scene.affiliate(), await scene.affiliate()];
    const campaignId = await campaign('linked', await offer('linked'));
    for (const { affiliateId } of [one, other]) {
      const input = { affiliateId, campaignId };
      await scene.admin.run(CREATE_TRACKING_LINK, { input });
    }
    const own = `affiliateIds: ["${one.affiliateId}"]`;
    const entryUrl = (affid: string) => `${scene.url}/click?affid=${affid}&campaign=linked`;

    expect(await list(`trackingLinks(where: { ${own} })`, 'entryUrl')).toEqual([
      entryUrl(one.affid),
    ]);
    expect(
      await list(`trackingLinks(where: { campaignIds: ["${campaignId}"] })`, 'entryUrl'),
    ).toEqual([entryUrl(other.affid), entryUrl(one.affid)]);
    const nowhere = `campaignIds: ["${scene.campaignId}"]`;
    expect(await list(`trackingLinks(where: { ${own}, ${nowhere} })`, 'entryUrl')).toEqual([]);
  });
});

describe('what was made can be changed', () => {
  test('an offer is renamed', async () => {
    const offerId = await offer('renamed');
    const saved = await change('updateOffer', { offerId, name: 'New' }, 'offer { code name }');
    expect(saved).toEqual({ offer: { code: 'renamed', name: 'New' } });
    expect(await change('updateOffer', { offerId, name: '' }, 'offer { name }')).toMatchObject({
      __typename: 'InvalidInputError',
      message: 'name: must not be empty',
    });
  });

  test('a new delay of an integration counts for the next event, a taken name is a conflict', async () => {
    const { integrationId } = scene;
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, {});
    const clickId = await scene.click(entryUrl);
    await scene.event(clickId);
    const saved = await change(
      'updateIntegration',
      { integrationId, delaySeconds: 60 },
      'integration { name delaySeconds }',
    );
    expect(saved).toEqual({ integration: { name: 'Brand events', delaySeconds: 60 } });
    await scene.event(clickId);

    const held = await scene.sql(`
      SELECT extract(epoch FROM p.due_at - e.received_at)::int AS seconds
      FROM postback p JOIN event e ON e.id = p.event_id ORDER BY p.id`);
    expect(held.map(({ seconds }) => seconds)).toEqual([5, 60]);
    await scene.admin.run(CREATE_INTEGRATION, { input: { name: 'Taken' } });
    const rename = (name: string) =>
      change('updateIntegration', { integrationId, name }, '__typename');
    expect(await rename('Taken')).toEqual({
      __typename: 'ConflictError',
      message: 'the integration name "Taken" is taken',
    });
    for (const delaySeconds of [4, 301]) {
      expect(
        await change('updateIntegration', { integrationId, delaySeconds }, '__typename'),
      ).toMatchObject({
        message: `delaySeconds: must be 5 to 300 whole seconds; it was ${delaySeconds}`,
      });
    }
  });

  test('what is not there is not found', async () => {
    const of = (type: string) => Buffer.from(`${type}:${crypto.randomUUID()}`).toString('base64');
    expect(await change('updateOffer', { offerId: of('Offer') }, '__typename')).toMatchObject({
      __typename: 'NotFoundError',
    });
    const integrationId = of('Integration');
    expect(await change('updateIntegration', { integrationId }, '__typename')).toMatchObject({
      __typename: 'NotFoundError',
    });
  });
});

describe('an event type that is not there', () => {
  test('is answered with a guess, or with what there is, and how to list them', async () => {
    const { affiliateId } = await scene.affiliate();
    const clickId = '0'.repeat(32);
    const url = 'https://affiliate.example/?a={amount}';
    const told = async (code: string) => [
      await change('createPixel', { affiliateId, url, triggerEvent: code }, '__typename'),
      await change('recordEvent', { clickId, type: code }, '__typename'),
      await scene.admin.fetch(`/event?event=${code}`).then((it) => it.json()),
    ];

    for (const answer of await told('firstdeposits')) {
      expect(JSON.stringify(answer)).toMatch(/did you mean FirstDeposit\?.*eventTypes lists them/);
    }
    for (const answer of await told('Nothing_like_it')) {
      expect(JSON.stringify(answer)).toMatch(/there are Deposit, FirstDeposit, .*eventTypes lists/);
    }
  });
});
