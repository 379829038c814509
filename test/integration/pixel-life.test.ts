import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene, type SceneAffiliate } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

type Pixel = { id: string; status: string; version: number; rejection: string | null };
type Answer = { __typename: string; message?: string; pixel?: Pixel; postback?: { id: string } };

/** Runs a mutation on a pixel and answers its result, whatever it is. */
async function run(name: string, input: object, api: TestApi = scene.admin): Promise<Answer> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const payload = name.endsWith('Affiliate')
    ? '... on Error { message }'
    : `... on Error { message } ... on ${type}Payload { ${
        /^(test|replay)/.test(name) ? 'postback { id }' : 'pixel { id status version rejection }'
      } }`;
  const answer = await api.ask(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename ${payload} } }`,
    { input },
  );
  if (!answer.data) throw new Error(JSON.stringify(answer));
  return (answer.data as Record<string, Answer>)[name] as Answer;
}

async function keyOf({ affiliateId }: SceneAffiliate, name = 'theirs'): Promise<TestApi> {
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name, role: 'AFFILIATE', affiliateId },
  });
  return scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
}

/** An affiliate whose pixels a manager has to approve, with its own key. */
async function underApproval() {
  const affiliate = await scene.affiliate();
  const { affiliateId } = affiliate;
  const saved = await run('updateAffiliate', { affiliateId, pixelsNeedApproval: true });
  expect(saved.__typename).toBe('UpdateAffiliatePayload');
  return { ...affiliate, own: await keyOf(affiliate) };
}

const TEMPLATE = 'https://affiliate.example/?id={affclickid}';

async function createOwn(own: TestApi, affiliateId: string, url = TEMPLATE): Promise<Pixel> {
  const { pixel } = await run(
    'createPixel',
    { affiliateId, url, triggerEvent: 'FirstDeposit' },
    own,
  );
  if (!pixel) throw new Error('no pixel');
  return pixel;
}

describe('versions', () => {
  const VERSIONS = `query ($id: ID!) { node(id: $id) { ... on Pixel { version versions(first: 100) { nodes {
    version url approved author { name role } changes { field before after }
  } } } } }`;

  test('every change is a version with what it changed and who saved it; no change is none', async () => {
    const affiliate = await scene.affiliate();
    const own = await keyOf(affiliate, 'key of the affiliate');
    const { id } = await createOwn(own, affiliate.affiliateId);
    await run('updatePixel', { pixelId: id, maxAttempts: 3, unresolved: 'SKIP' });
    expect((await run('updatePixel', { pixelId: id, maxAttempts: 3 }, own)).pixel?.version).toBe(2);
    await run(
      'updatePixel',
      { pixelId: id, scope: 'SPECIFIC_CAMPAIGNS', campaignIds: [scene.campaignId] },
      own,
    );

    const read = async (api: TestApi) => (await api.ask(VERSIONS, { id })).data;
    const asAdmin = [
      {
        version: 3,
        url: TEMPLATE,
        approved: true,
        author: { name: 'key of the affiliate', role: 'AFFILIATE' },
        changes: [
          { field: 'scope', before: 'ALL_CAMPAIGNS', after: 'SPECIFIC_CAMPAIGNS' },
          { field: 'campaigns', before: null, after: '2001' },
        ],
      },
      {
        version: 2,
        url: TEMPLATE,
        approved: true,
        author: { name: expect.any(String), role: 'ADMIN' },
        changes: [
          { field: 'unresolved', before: 'EMPTY', after: 'SKIP' },
          { field: 'maxAttempts', before: '8', after: '3' },
        ],
      },
      { version: 1, author: { name: 'key of the affiliate', role: 'AFFILIATE' }, changes: [] },
    ];
    expect(await read(scene.admin)).toMatchObject({
      node: { version: 3, versions: { nodes: asAdmin } },
    });
    // How the operator names its keys is not told to affiliates.
    expect(await read(own)).toMatchObject({
      node: { versions: { nodes: [{}, { author: { name: null, role: 'ADMIN' } }, {}] } },
    });
  });

  test('versions are paged by their own cursors', async () => {
    const { affiliateId } = await scene.affiliate();
    const id = await scene.pixel(affiliateId, {});
    for (const maxAttempts of [2, 3, 4]) await run('updatePixel', { pixelId: id, maxAttempts });
    const page = (after: string | null) =>
      scene.read<{
        node: { versions: { nodes: { version: number }[]; pageInfo: { endCursor: string } } };
      }>(
        `query ($id: ID!, $after: String) { node(id: $id) { ... on Pixel {
          versions(first: 2, after: $after) { nodes { version } pageInfo { endCursor } } } } }`,
        { id, after },
      );

    const first = (await page(null)).node.versions;
    const second = (await page(first.pageInfo.endCursor)).node.versions;

    expect([...first.nodes, ...second.nodes].map(({ version }) => version)).toEqual([4, 3, 2, 1]);
  });
});

describe('rule 36: approval by a manager', () => {
  test('what an affiliate makes waits, fires nothing, and is live for later events once approved', async () => {
    const { affiliateId, entryUrl, own } = await underApproval();
    const pixel = await createOwn(own, affiliateId);
    expect(pixel.status).toBe('PENDING_APPROVAL');
    await scene.event(await scene.click(entryUrl));
    expect(await scene.postbacks(affiliateId)).toMatchObject([
      { status: 'SKIPPED', reason: 'PIXEL_PENDING_APPROVAL' },
    ]);
    for (const name of ['resumePixel', 'pausePixel', 'testPixel']) {
      expect(await run(name, { pixelId: pixel.id }, own)).toMatchObject({
        __typename: 'ConflictError',
        message: expect.stringContaining('waits'),
      });
    }
    await expect(run('approvePixel', { pixelId: pixel.id }, own)).rejects.toThrow(/FORBIDDEN/);

    expect((await run('approvePixel', { pixelId: pixel.id, version: 1 })).pixel?.status).toBe(
      'ACTIVE',
    );
    await scene.event(await scene.click(entryUrl));
    expect(await scene.postbacks(affiliateId)).toMatchObject([
      { status: 'SCHEDULED' },
      { reason: 'PIXEL_PENDING_APPROVAL' },
    ]);
  });

  test('an edit waits again, while what was planned with the approved version still fires', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl, own } = await underApproval();
    const { id: pixelId } = await createOwn(
      own,
      affiliateId,
      `${receiver.url}/approved?id={affclickid}`,
    );
    await run('approvePixel', { pixelId });
    await scene.event(await scene.click(entryUrl));
    const edited = await run(
      'updatePixel',
      { pixelId, url: `${receiver.url}/sneaky?id={affclickid}` },
      own,
    );
    expect(edited.pixel).toMatchObject({ status: 'PENDING_APPROVAL', version: 2 });

    await scene.advance(5_000);

    expect((await receiver.next()).url).toMatch(/^\/approved/);
    const [delivered] = await eventually(
      () => scene.postbacks(affiliateId),
      ([row]) => expect(row?.status).toBe('DELIVERED'),
    );
    const postbackId = delivered?.id;
    expect(await run('replayPostback', { postbackId, template: 'CURRENT' }, own)).toMatchObject({
      __typename: 'ConflictError',
      message: expect.stringContaining('never approved'),
    });
    expect(await run('replayPostback', { postbackId, template: 'ORIGINAL' }, own)).toMatchObject({
      __typename: 'ReplayPostbackPayload',
    });
  });

  test('a version that nobody approved is never fired, not even by a replay after the next one was', async () => {
    const { affiliateId, entryUrl, own } = await underApproval();
    const { id: pixelId } = await createOwn(own, affiliateId);
    await scene.event(await scene.click(entryUrl));
    const [skipped] = await scene.postbacks(affiliateId);
    await run('updatePixel', { pixelId, url: `${TEMPLATE}&v=2` }, own);
    await run('approvePixel', { pixelId });

    const replay = (template: string) =>
      run('replayPostback', { postbackId: skipped?.id, template }, own);
    expect(await replay('ORIGINAL')).toMatchObject({ __typename: 'ConflictError' });
    expect(await replay('CURRENT')).toMatchObject({ __typename: 'ReplayPostbackPayload' });
  });

  test('a refusal tells why, keeps waiting, and is gone with the next edit', async () => {
    const { affiliateId, own } = await underApproval();
    const { id: pixelId } = await createOwn(own, affiliateId);

    const refused = await run('rejectPixel', { pixelId, reason: 'use https and your own host' });
    expect(refused.pixel).toMatchObject({
      status: 'PENDING_APPROVAL',
      rejection: 'use https and your own host',
    });
    const edited = await run('updatePixel', { pixelId, url: `${TEMPLATE}&better=1` }, own);
    expect(edited.pixel).toMatchObject({ status: 'PENDING_APPROVAL', rejection: null });
    expect(await run('approvePixel', { pixelId, version: 1 })).toMatchObject({
      __typename: 'ConflictError',
      message: 'this pixel is at version 2 by now, not 1: look at it again',
    });
  });

  test('a manager’s own pixels and the affiliates without the switch need nobody', async () => {
    const { affiliateId } = await underApproval();
    const free = await scene.affiliate();

    const made = await run('createPixel', { affiliateId, url: TEMPLATE, triggerEvent: 'Sale' });
    expect(made.pixel?.status).toBe('ACTIVE');
    expect((await createOwn(await keyOf(free), free.affiliateId)).status).toBe('ACTIVE');
    expect(await run('approvePixel', { pixelId: made.pixel?.id })).toMatchObject({
      __typename: 'ConflictError',
      message: 'this pixel does not wait for approval',
    });
  });
});

test('a paused affiliate or campaign answers 410 at once, and redirects again when it is resumed', async () => {
  const { affiliateId, affid } = await scene.affiliate();
  const visit = async () =>
    (await scene.as(null).fetch(`/click?affid=${affid}&campaign=2001`)).status;
  const set = (type: string, idName: string, id: string, status: string) =>
    scene.read(
      `mutation { update${type}(input: { ${idName}: "${id}", status: ${status} }) { __typename } }`,
    );
  expect(await visit()).toBe(302);

  await set('Affiliate', 'affiliateId', affiliateId, 'PAUSED');
  expect(await visit()).toBe(410);
  await set('Affiliate', 'affiliateId', affiliateId, 'ACTIVE');
  expect(await visit()).toBe(302);
  await set('Campaign', 'campaignId', scene.campaignId, 'PAUSED');
  expect(await visit()).toBe(410);
  await set('Campaign', 'campaignId', scene.campaignId, 'ACTIVE');
  expect(await visit()).toBe(302);
});

test('a POST pixel that becomes a GET loses its body, unless a new one is given, which is refused', async () => {
  const { affiliateId } = await scene.affiliate();
  const pixelId = await scene.pixel(affiliateId, { method: 'POST', body: 'sum={amount}' });
  const update = (changes: string) =>
    scene.admin.ask(
      `mutation ($id: ID!) { updatePixel(input: { pixelId: $id, ${changes} }) { ... on Error { message }
       ... on UpdatePixelPayload { pixel { method body versions(first: 1) { nodes { changes { field before after } } } } } } }`,
      { id: pixelId },
    );

  expect((await update('method: GET, body: "a={amount}"')).data).toEqual({
    updatePixel: { message: 'body: GET carries no body: leave it out or choose POST' },
  });
  expect((await update('method: GET')).data).toEqual({
    updatePixel: {
      pixel: {
        method: 'GET',
        body: null,
        versions: {
          nodes: [
            {
              changes: [
                { field: 'method', before: 'POST', after: 'GET' },
                { field: 'body', before: 'sum={amount}', after: null },
              ],
            },
          ],
        },
      },
    },
  });
});

test('a required name that nothing carries is told, as the placeholders of the template are', async () => {
  const { affiliateId } = await scene.affiliate();
  const pixelId = await scene.pixel(affiliateId, {
    url: 'https://affiliate.example/?a={amount}&s={signature}',
    required: ['amount', 'afclickid'],
  });

  const { node } = await scene.read<{ node: { warnings: string[] } }>(
    'query ($id: ID!) { node(id: $id) { ... on Pixel { warnings } } }',
    { id: pixelId },
  );

  expect(node.warnings).toEqual([
    expect.stringContaining('{signature} is another name of {sig}, unless the click carries'),
    expect.stringContaining('{signature} has no value without signed: true, unless the click'),
    expect.stringMatching(/^required: unknown placeholder {afclickid}.*did you mean {affclickid}/),
  ]);
});
