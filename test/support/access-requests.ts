import type { ViewerName } from './access-rules.ts';
import {
  type Affid,
  globalId,
  holdDestination,
  markOf,
  OWN,
  type Owned,
  planBackfill,
  type World,
} from './access-world.ts';

/** What each root field is asked with: `$name: Type!` to its value. */
export type Arguments = Record<string, { type: string; value: unknown }>;

/** Whose rows a viewer asks for: its own, or those of 101. */
export function ownedBy({ owned }: World, viewer: ViewerName): Owned {
  return owned[OWN[viewer] ?? '101'];
}

/** Arguments with which a query or subscription has something to show of what a viewer owns. */
export function argumentsFor(world: World, field: string, viewer: ViewerName): Arguments {
  const affid = OWN[viewer] ?? '101';
  const { clickId, plainPixelId, jobId, echoReceiverId } = ownedBy(world, viewer);
  const shadow = {
    pixelId: plainPixelId,
    url: `${world.receiverUrl}/edited?click={clickid}&no={nothing}`,
  };
  // What a save refuses, so that its issues are seen: more attempts than there may be.
  const preview = { url: 'https://affiliate.example/?sum={amount}', clickId, maxAttempts: 99 };
  const pasted = 'https://affiliate.example/?id=#s2#&sum=#price#&visit=#vstid#';
  const known: Record<string, Arguments> = {
    affclickidGroups: { where: { type: 'AffclickidGroupFilter', value: { minClicks: 1 } } },
    affiliate: { affid: { type: 'String!', value: affid } },
    campaign: { code: { type: 'String!', value: '2001' } },
    click: { clickId: { type: 'String!', value: clickId } },
    convertTemplate: { url: { type: 'String!', value: pasted } },
    jobProgress: { jobId: { type: 'ID!', value: jobId } },
    // Ahead of the log, so that there is a gap to tell.
    clickRecorded: { after: { type: 'String', value: cursor(`c1:${10n ** 15n}:1`) } },
    echoReceived: {
      echoReceiverId: { type: 'ID!', value: echoReceiverId },
      after: { type: 'String', value: cursor(`x1:${10n ** 15n}:1`) },
    },
    eventRecorded: { after: { type: 'String', value: cursor(`e1:${10n ** 15n}:1`) } },
    postbackFired: { after: { type: 'String', value: cursor(`1:${10n ** 15n}:1`) } },
    previewPostback: { input: { type: 'PreviewPostbackInput!', value: preview } },
    shadowRun: { input: { type: 'ShadowRunInput!', value: shadow } },
  };
  return known[field] ?? {};
}

/** Fields whose first message tells a place and a gap: where their log begins, and how many messages are there for each viewer. */
export const LOGS: Record<string, { after: string; messages: number }> = {
  clickRecorded: { after: cursor('c1:0:0'), messages: 2 },
  echoReceived: { after: cursor('x1:0:0'), messages: 2 },
  eventRecorded: { after: cursor('e1:0:0'), messages: 2 },
  postbackFired: { after: cursor('1:0:0'), messages: 3 },
};

function cursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

type Prepare = (world: World, owner: Affid, unique: string) => Promise<object> | object;

const pixelUrl = (owner: string, unique: string) =>
  `https://affiliate.example/${markOf(owner)}?sum={amount}&of=${unique}`;

async function makePixel(world: World, owner: Affid, unique: string, changes = {}) {
  const url = pixelUrl(owner, unique);
  const input = { affiliateId: world.owned[owner].id, url, triggerEvent: 'Install', ...changes };
  return (await world.make('createPixel', 'pixel', input)).id;
}

async function makeWaitingPixel(world: World, owner: Affid, unique: string) {
  const pixelId = await makePixel(world, owner, unique);
  await world.volley.sql(
    `UPDATE pixel SET status = 'PENDING_APPROVAL' WHERE url LIKE '%of=${unique}'`,
  );
  return pixelId;
}

async function makeOpenPostback({ make, owned, ids, volley }: World, owner: Affid, unique: string) {
  const { clickId } = owned[owner];
  const isOther = owner === '102' || owner === '900';
  const input = { clickId, type: 'FirstDeposit', transactionId: `${markOf(owner)}-${unique}` };
  const integrationId = isOther ? ids.otherIntegration : ids.integration;
  await make('recordEvent', 'event', { ...input, integrationId });
  const [open] = await volley.sql(`
    SELECT p.id FROM postback p JOIN affiliate a ON a.id = p.affiliate_id
    WHERE a.affid = '${owner}' AND p.state = 'OPEN' AND p.due_at > volley_now() LIMIT 1`);
  return globalId('Postback', open?.id);
}

const makeKey = (world: World, name: string) =>
  world.make('createApiKey', 'apiKey', { name, role: 'VIEWER' });
const pixelInput = async (made: Promise<string>) => ({ pixelId: await made });

/** Makes what a mutation needs to succeed once, and answers its input. */
export const PREPARE: Record<string, Prepare> = {
  approvePixel: (world, owner, unique) => pixelInput(makeWaitingPixel(world, owner, unique)),
  cancelJob: async ({ make, owned }, owner) => ({
    jobId: (await planBackfill(make, owned[owner].plainPixelId)).id,
  }),
  cancelPostback: async (world, owner, unique) => ({
    postbackId: await makeOpenPostback(world, owner, unique),
  }),
  createAffiliate: (_world, _owner, unique) => ({ affid: unique, name: unique }),
  createApiKey: (_world, _owner, unique) => ({ name: unique, role: 'VIEWER' }),
  createCampaign: ({ ids }, _owner, unique) => ({
    ...{ code: unique, name: unique, offerId: ids.offer, landingUrl: 'https://brand.example/' },
  }),
  createEchoReceiver: ({ owned }, owner) => ({ affiliateId: owned[owner].id }),
  createEventType: (_world, _owner, unique) => ({ code: unique, name: unique }),
  createIntegration: (_world, _owner, unique) => ({ name: unique }),
  createOffer: (_world, _owner, unique) => ({ code: unique, name: unique }),
  createPixel: ({ owned }, owner, unique) => ({
    affiliateId: owned[owner].id,
    ...{ url: pixelUrl(owner, unique), triggerEvent: 'Install', signed: true },
  }),
  createTrackingLink: ({ owned, ids }, owner, unique) => ({
    affiliateId: owned[owner].id,
    campaignId: ids.campaign,
    parameters: [{ name: 'sub', value: `${markOf(owner)}-${unique}` }],
  }),
  deleteEchoReceiver: async ({ make, owned }, owner) => ({
    echoReceiverId: (
      await make('createEchoReceiver', 'echoReceiver', { affiliateId: owned[owner].id })
    ).id,
  }),
  deletePixel: (world, owner, unique) => pixelInput(makePixel(world, owner, unique)),
  pausePixel: (world, owner, unique) => pixelInput(makePixel(world, owner, unique)),
  planBackfill: ({ owned }, owner) => ({
    pixelId: owned[owner].plainPixelId,
    ...{ from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
  }),
  planReplay: ({ owned }, owner) => ({
    where: {
      affiliateIds: [owned[owner].id],
      ...{ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
    },
  }),
  recordClick: (_world, owner) => ({ entryUrl: `/click?affid=${owner}&campaign=2001` }),
  recordEvent: ({ owned }, owner, unique) => report(owned[owner], owner, unique),
  recordEvents: ({ owned }, owner, unique) => ({
    events: [report(owned[owner], owner, `${unique}-first`), { clickId: '', type: 'Nothing' }],
  }),
  rejectPixel: async (world, owner, unique) => ({
    ...(await pixelInput(makeWaitingPixel(world, owner, unique))),
    reason: unique,
  }),
  replayPostback: ({ owned }, owner) => ({ postbackId: owned[owner].postbackId }),
  resumeDestination: async ({ volley, owned }, owner) => ({
    destinationId: await holdDestination(volley, owned[owner].id),
  }),
  resumePixel: async (world, owner, unique) => {
    const pixelId = await makePixel(world, owner, unique);
    await world.make('pausePixel', 'pixel', { pixelId });
    return { pixelId };
  },
  revokeApiKey: async (world, _owner, unique) => ({ apiKeyId: (await makeKey(world, unique)).id }),
  rotateApiKey: async (world, _owner, unique) => ({ apiKeyId: (await makeKey(world, unique)).id }),
  rotatePixelSecret: (world, owner, unique) =>
    pixelInput(makePixel(world, owner, unique, { signed: true })),
  startJob: async ({ make, owned }, owner) => ({
    jobId: (await planBackfill(make, owned[owner].plainPixelId)).id,
  }),
  testPixel: ({ owned }, owner) => ({ pixelId: owned[owner].plainPixelId }),
  updateAffiliate: ({ owned }, owner) => ({ affiliateId: owned[owner].id, status: 'ACTIVE' }),
  updateCampaign: ({ ids }) => ({ campaignId: ids.campaign, status: 'ACTIVE' }),
  updateIntegration: ({ ids }) => ({ integrationId: ids.integration, delaySeconds: 300 }),
  updateOffer: ({ ids }) => ({ offerId: ids.offer, name: 'Brand' }),
  updatePixel: async (world, owner, unique) => ({
    ...(await pixelInput(makePixel(world, owner, unique))),
    url: pixelUrl(owner, `${unique}-edited`),
  }),
};

function report({ clickId }: Owned, owner: Affid, unique: string): object {
  return { clickId, type: 'Sale', transactionId: `${markOf(owner)}-${unique}` };
}
