import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import {
  CREATE_API_KEY,
  CREATE_CAMPAIGN,
  CREATE_INTEGRATION,
  CREATE_PIXEL,
  CREATE_TRACKING_LINK,
  PAUSE_PIXEL,
  REPLAY_POSTBACK,
  TEST_PIXEL,
  UPDATE_PIXEL,
} from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';

// The examples and rules of docs/rules.md that only show on a whole Volley.

const DELAY_MS = 5_000;

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

/** Opens an entry URL as a visitor does; answers our click id. */
async function visit(entryUrl: string): Promise<string> {
  const response = await scene.as(null).fetch(entryUrl);
  expect(response.status).toBe(302);
  return new URL(response.headers.get('location') ?? '').searchParams.get('clickid') ?? '';
}

async function campaign(code: string): Promise<string> {
  const { createCampaign } = await scene.admin.run(CREATE_CAMPAIGN, {
    input: { code, name: code, offerId: scene.offerId, landingUrl: 'https://brand.example/' },
  });
  return expectType(createCampaign, 'CreateCampaignPayload').campaign.id;
}

type Preview = {
  url: string;
  finalUrl: string | null;
  unresolved: string[];
  warnings: string[];
  values: { name: string; source: string | null; raw: string | null; encoded: string }[];
};

async function preview(input: Record<string, string>): Promise<Preview> {
  const { previewPostback } = await scene.read<{ previewPostback: Preview }>(
    `query ($input: PreviewPostbackInput!) { previewPostback(input: $input) {
       url finalUrl unresolved warnings values { name source raw encoded } } }`,
    { input },
  );
  return previewPostback;
}

/** The first postback of an affiliate, when it was delivered. */
async function delivered(affiliateId: string) {
  const [postback] = await eventually(
    () => scene.postbacks(affiliateId),
    ([latest]) => expect(latest?.status).toBe('DELIVERED'),
  );
  if (!postback) throw new Error('no postback');
  return postback;
}

describe('golden examples', () => {
  test('G10: a clickid on the link is dropped with a warning, and links may not declare one', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const clickId = await visit(`${entryUrl}&clickid=abc123`);
    const { click } = await scene.read<{ click: object }>(
      'query ($clickId: String!) { click(clickId: $clickId) { parameters { name } warnings } }',
      { clickId },
    );
    const { createTrackingLink } = await scene.admin.run(CREATE_TRACKING_LINK, {
      input: {
        affiliateId,
        campaignId: scene.campaignId,
        parameters: [{ name: 'clickid', value: 'abc123' }],
      },
    });

    expect(click).toEqual({
      parameters: [{ name: 'affclickid' }],
      warnings: ['clickid left out: clickid is reserved'],
    });
    expect(await preview({ url: 'https://affiliate.example/?x={clickid}', clickId })).toMatchObject(
      { finalUrl: `https://affiliate.example/?x=${clickId}` },
    );
    expect(expectType(createTrackingLink, 'InvalidInputError').issues).toMatchObject([
      { path: ['parameters', '0', 'name'], message: expect.stringContaining('reserved') },
    ]);
  });

  test('rule 3: a tracking link may declare click_id and amount, and says what templates make of them', async () => {
    const { affid, affiliateId } = await scene.affiliate();
    const parameters = ['affclickid', 'click_id', 'amount'].map((name) => ({ name, value: '{x}' }));
    const { createTrackingLink } = await scene.admin.run(CREATE_TRACKING_LINK, {
      input: { affiliateId, campaignId: scene.campaignId, parameters },
    });
    const { id } = expectType(createTrackingLink, 'CreateTrackingLinkPayload').trackingLink;

    expect(
      await scene.read('query ($id: ID!) { node(id: $id) { ... on TrackingLink { warnings } } }', {
        id,
      }),
    ).toEqual({
      node: {
        warnings: [
          'click_id is a parameter of the affiliate: {click_id} renders it, our click id is {clickid}',
          '{amount} never takes the parameter amount: it means amount of the event',
        ],
      },
    });
    const clickId = await visit(`/click?affid=${affid}&campaign=2001&click_id=mine&amount=9999`);
    const url = 'https://affiliate.example/?a={click_id}&b={clickid}&c={amount}';
    expect(await preview({ url, clickId })).toMatchObject({
      finalUrl: `https://affiliate.example/?a=mine&b=${clickId}&c=50`,
    });
  });

  test('G16: an event of a campaign outside the scope is skipped with the reason', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, {
      url: `${receiver.url}/scoped?id={affclickid}`,
      scope: 'SPECIFIC_CAMPAIGNS',
      campaignIds: [await campaign('2002')],
    });
    const { postbacks } = await scene.event(await scene.click(entryUrl));
    await scene.pixel(affiliateId, { url: `${receiver.url}/all?id={affclickid}` });
    await scene.event(await scene.click(entryUrl));
    await scene.advance(DELAY_MS);

    expect(postbacks).toMatchObject([{ status: 'SKIPPED', reason: 'CAMPAIGN_NOT_IN_SCOPE' }]);
    expect((await receiver.next()).url).toMatch(/^\/all/);
    expect(receiver.total).toBe(1);
  });

  test('G17: a delay of 5 or 300 seconds is taken, none means 5, and 4 or 301 is refused', async () => {
    const save = async (delaySeconds: number | null) => {
      const input = { name: `Delay ${delaySeconds}`, delaySeconds };
      return (await scene.admin.run(CREATE_INTEGRATION, { input })).createIntegration;
    };

    for (const delaySeconds of [5, 300, null]) {
      const { integration } = expectType(await save(delaySeconds), 'CreateIntegrationPayload');
      expect(integration.delaySeconds).toBe(delaySeconds ?? 5);
    }
    for (const delaySeconds of [4, 301]) {
      expect(expectType(await save(delaySeconds), 'InvalidInputError').issues).toMatchObject([
        { path: ['delaySeconds'], message: expect.stringMatching(`5 to 300.*${delaySeconds}`) },
      ]);
    }
  });

  test('G18: an event that is reported twice is delivered once', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, { url: `${receiver.url}/?sum={amount}` });
    const clickId = await scene.click(entryUrl);
    const first = await scene.event(clickId, { transactionId: 'g18' });
    const second = await scene.event(clickId, { transactionId: 'g18' });
    await scene.advance(DELAY_MS);
    await receiver.next();
    await delivered(affiliateId);
    const third = await scene.event(clickId, { transactionId: 'g18' });
    await scene.event(clickId, { transactionId: 'g18-other', amount: '60' });
    await scene.advance(DELAY_MS);

    expect([first, second, third].map(({ duplicate }) => duplicate)).toEqual([false, true, true]);
    expect((await receiver.next()).url).toBe('/?sum=60');
    expect(receiver.total).toBe(2);
    expect(await scene.postbacks(affiliateId)).toHaveLength(2);
  });
});

describe('rules that no other test names', () => {
  test('rule 8: of a repeated name the first value counts, and the URL keeps them all', async () => {
    const { entryUrl } = await scene.affiliate();
    const clickId = await visit(`${entryUrl}&x=1&x=2`);
    type Click = { entryUrl: string; parameters: { name: string; value: string }[] };
    const { click } = await scene.read<{ click: Click }>(
      'query ($clickId: String!) { click(clickId: $clickId) { entryUrl parameters { name value } } }',
      { clickId },
    );

    expect(click.parameters.filter(({ name }) => name === 'x')).toEqual([
      { name: 'x', value: '1' },
    ]);
    expect(click.entryUrl).toMatch(/&x=1&x=2$/);
  });

  test('rule 16: an unknown placeholder is saved, with a guess at what was meant', async () => {
    const { affiliateId } = await scene.affiliate();
    const { createPixel } = await scene.admin.run(CREATE_PIXEL, {
      input: {
        affiliateId,
        url: 'https://affiliate.example/?id={afclickid}',
        triggerEvent: 'FirstDeposit',
      },
    });

    const { pixel } = expectType(createPixel, 'CreatePixelPayload');
    expect(pixel.warnings).toEqual([
      expect.stringMatching(/^unknown placeholder \{afclickid\}.*did you mean \{affclickid\}\?$/),
    ]);
  });

  test('rule 24: preview, fire and replay of one event give the same final URL', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    const query =
      'id={affclickid}&sum={amount|fixed:2}&c={clickid}&e={event_id}&n={nope}&at={event_time}';
    const pixelId = await scene.pixel(affiliateId, { url: `${receiver.url}/{affid}?${query}` });
    const { event } = await scene.event(await scene.click(entryUrl));
    const before = await preview({ pixelId, eventId: event.id });
    await scene.advance(DELAY_MS);
    const fired = await receiver.next();
    const { id: postbackId, finalUrl } = await delivered(affiliateId);
    await scene.admin.run(REPLAY_POSTBACK, { input: { postbackId, template: 'ORIGINAL' } });
    const replayed = await receiver.next();

    expect(finalUrl).toBe(before.finalUrl);
    expect([fired, replayed].map(({ url }) => `${receiver.url}${url}`)).toEqual([
      finalUrl,
      finalUrl,
    ]);
  });

  test('rule 25: an event does not concern the pixels of another affiliate', async () => {
    const [own, other] = [await scene.affiliate(), await scene.affiliate()];
    const ownPixel = await scene.pixel(own.affiliateId, {});
    await scene.pixel(other.affiliateId, {});
    const { event, postbacks } = await scene.event(await scene.click(own.entryUrl));
    const { node } = await scene.read<{ node: object }>(
      'query ($id: ID!) { node(id: $id) { ... on Event { decisions { pixel { id } } } } }',
      { id: event.id },
    );

    expect(postbacks).toHaveLength(1);
    expect(node).toEqual({ decisions: [{ pixel: { id: ownPixel } }] });
    expect(await scene.postbacks(other.affiliateId)).toEqual([]);
  });

  test('rule 27: ALL_CAMPAIGNS covers a campaign that is made later', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, { scope: 'ALL_CAMPAIGNS' });
    await campaign('made-later');
    const clickId = await scene.click(entryUrl.replace('2001', 'made-later'));
    const { postbacks } = await scene.event(clickId);

    expect(postbacks).toMatchObject([{ status: 'SCHEDULED', reason: null }]);
  });

  test('rule 33: a preview shows the example, where its values come from and what is wrong, and leaves no trace', async () => {
    await using receiver = await startReceiver();
    const traces = () =>
      scene.sql(
        'SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM postback) AS postbacks',
      );
    const before = await traces();
    const url = `${receiver.url}/?id={affclickid}&sum={amount}&x={amuont}`;
    const { finalUrl, values, ...rest } = await preview({ url });

    expect(rest).toMatchObject({
      url,
      unresolved: [],
      warnings: [
        expect.stringContaining('did you mean {amount}?'),
        expect.stringContaining('http'),
      ],
    });
    expect(values.map(({ name, source }) => [name, source])).toEqual([
      ['affclickid', 'ENTRY'],
      ['amount', 'EVENT'],
      ['amuont', 'ENTRY'],
    ]);
    const [id, sum, x] = values.map(({ encoded }) => encoded);
    expect(finalUrl).toBe(`${receiver.url}/?id=${id}&sum=${sum}&x=${x}`);
    expect(values.every(({ raw }) => raw !== null && raw !== '')).toBe(true);
    expect(await traces()).toEqual(before);
    expect(receiver.total).toBe(0);
  });

  test('rule 34: a pixel is listed under its affiliate, and can be changed, paused, resumed and deleted', async () => {
    const { affid, affiliateId } = await scene.affiliate();
    const url = 'https://affiliate.example/?id={affclickid}';
    const pixelId = await scene.pixel(affiliateId, { url });
    const input = { pixelId };
    const listed = async () => {
      const { affiliate } = await scene.read<{ affiliate: { pixels: { nodes: object[] } } }>(
        `query ($affid: String!) { affiliate(affid: $affid) { pixels {
           nodes { id url triggerEvent scope status version } } } }`,
        { affid },
      );
      return affiliate.pixels.nodes;
    };
    const change = (mutation: 'resumePixel' | 'deletePixel') => {
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
      return scene.read(
        `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`,
        { input },
      );
    };
    const saved = {
      id: pixelId,
      url,
      triggerEvent: 'FirstDeposit',
      scope: 'ALL_CAMPAIGNS',
      status: 'ACTIVE',
      version: 1,
    };

    expect(await listed()).toEqual([saved]);
    await scene.admin.run(UPDATE_PIXEL, { input: { ...input, url: `${url}&c={clickid}` } });
    await scene.admin.run(PAUSE_PIXEL, { input });
    const changed = { ...saved, url: `${url}&c={clickid}`, version: 2 };
    expect(await listed()).toEqual([{ ...changed, status: 'PAUSED' }]);
    await change('resumePixel');
    expect(await listed()).toEqual([changed]);
    await change('deletePixel');
    expect(await listed()).toEqual([]);
  });

  test('rule 36: an affiliate makes and manages its own pixels with its own key', async () => {
    const { affiliateId } = await scene.affiliate();
    const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
      input: { name: 'Its own', role: 'AFFILIATE', affiliateId },
    });
    const own = scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
    const url = 'https://affiliate.example/?id={affclickid}';
    const { createPixel } = await own.run(CREATE_PIXEL, {
      input: { affiliateId, url, triggerEvent: 'FirstDeposit' },
    });
    const { pixel } = expectType(createPixel, 'CreatePixelPayload');
    const input = { pixelId: pixel.id };
    const { updatePixel } = await own.run(UPDATE_PIXEL, {
      input: { ...input, url: `${url}&c={clickid}` },
    });
    const { pausePixel } = await own.run(PAUSE_PIXEL, { input });

    expect(pixel).toMatchObject({ url, status: 'ACTIVE', version: 1 });
    expect(expectType(updatePixel, 'UpdatePixelPayload').pixel.version).toBe(2);
    expect(expectType(pausePixel, 'PausePixelPayload').pixel.status).toBe('PAUSED');
  });

  test('rule 38: of two clicks with one affclickid the one that the event names decides', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, {});
    const [first, second] = [await scene.click(entryUrl), await scene.click(entryUrl)];
    const { event } = await scene.event(second);

    expect(first).not.toBe(second);
    expect(event.clickId).toBe(second);
    expect(await scene.postbacks(affiliateId)).toMatchObject([{ clickId: second }]);
  });

  test('rule 40: a test fire touches the chosen pixel only', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    const url = `${receiver.url}/chosen?id={affclickid}`;
    const pixelId = await scene.pixel(affiliateId, { url });
    await scene.pixel(affiliateId, { url: `${receiver.url}/other?id={affclickid}` });
    const clickId = await scene.click(entryUrl);
    const { testPixel } = await scene.admin.run(TEST_PIXEL, { input: { pixelId, clickId } });
    const { postback } = expectType(testPixel, 'TestPixelPayload');

    expect((await receiver.next()).url).toBe('/chosen?id=1122223444455565666');
    expect(await scene.postbacks(affiliateId)).toMatchObject([
      { id: postback.id, test: true, status: 'DELIVERED', url },
    ]);
    expect(receiver.total).toBe(1);
  });
});
