import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { subscribe } from '../support/live-client.ts';
import {
  CREATE_API_KEY,
  CREATE_PIXEL,
  POSTBACK_FIRED,
  TEST_PIXEL,
  UPDATE_PIXEL,
} from '../support/operations.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene, type SceneAffiliate } from '../support/scene.ts';

// Visitor data and raw values are granted per affiliate; what an ADMIN saves is always allowed.

const B = 'https://affiliate.example';
const VISITOR = `${B}/?id={affclickid}&ip={ip}`;
const RAW = `${B}/?id={affclickid|raw}`;
const PLAIN = `${B}/?id={affclickid}`;
const IP = '192.0.2.77';

let scene: Scene;
let receiver: Receiver;

beforeAll(async () => {
  scene = await makeScene();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

type Permission = 'VISITOR_DATA' | 'RAW_VALUES';

async function grant(affiliateId: string, permissions: Permission[] | null): Promise<Permission[]> {
  const { updateAffiliate } = await scene.read<{
    updateAffiliate: { affiliate: { permissions: Permission[] } };
  }>(
    `mutation ($input: UpdateAffiliateInput!) { updateAffiliate(input: $input) {
       ... on UpdateAffiliatePayload { affiliate { permissions } } } }`,
    { input: { affiliateId, permissions } },
  );
  return updateAffiliate.affiliate.permissions;
}

/** An affiliate with a key of its own. */
async function withKey(parentId?: string): Promise<SceneAffiliate & { own: TestApi }> {
  const affiliate = await scene.affiliate(parentId);
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: 'own', role: 'AFFILIATE', affiliateId: affiliate.affiliateId },
  });
  return { ...affiliate, own: scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret) };
}

/** Fires a pixel for a visitor with an address and a customer; answers the id of the event. */
async function fired({ entryUrl, affiliateId }: SceneAffiliate): Promise<string> {
  const { recordClick } = await scene.read<{ recordClick: { click: { clickId: string } } }>(
    `mutation ($input: RecordClickInput!) { recordClick(input: $input) {
       ... on RecordClickPayload { click { clickId } } } }`,
    { input: { entryUrl, ip: IP } },
  );
  const { event } = await scene.event(recordClick.click.clickId, { customerId: 'c-4711' });
  await scene.advance(5_000);
  await eventually(
    () => scene.postbacks(affiliateId),
    (postbacks) => expect(postbacks.every(({ status }) => status === 'DELIVERED')).toBe(true),
  );
  return event.id;
}

describe('permissions of an affiliate', () => {
  test('are none at first, and are granted and taken back by an ADMIN', async () => {
    const { createAffiliate } = await scene.read<{
      createAffiliate: { affiliate: { id: string; permissions: Permission[] } };
    }>(
      `mutation ($input: CreateAffiliateInput!) { createAffiliate(input: $input) {
         ... on CreateAffiliatePayload { affiliate { id permissions } } } }`,
      { input: { affid: 'granted', name: 'Granted', permissions: ['RAW_VALUES', 'RAW_VALUES'] } },
    );
    const { affiliateId, own } = await withKey();
    const refused = await own.ask(
      `mutation ($input: UpdateAffiliateInput!) { updateAffiliate(input: $input) { __typename } }`,
      { input: { affiliateId, permissions: ['VISITOR_DATA'] } },
    );

    expect(createAffiliate.affiliate.permissions).toEqual(['RAW_VALUES']);
    expect(await grant(affiliateId, null)).toEqual([]);
    expect(await grant(affiliateId, ['VISITOR_DATA'])).toEqual(['VISITOR_DATA']);
    expect(await grant(affiliateId, null)).toEqual(['VISITOR_DATA']);
    expect(await grant(affiliateId, [])).toEqual([]);
    expect(refused.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  });

  test.each([
    ['VISITOR_DATA', VISITOR, '{ip}'],
    ['RAW_VALUES', RAW, '{affclickid|raw}'],
  ] as const)(
    'without %s its key makes and changes no pixel with %s',
    async (permission, url, placeholder) => {
      const { affiliateId, own } = await withKey();
      const input = { affiliateId, url, triggerEvent: 'FirstDeposit' };
      const create = async () => (await own.run(CREATE_PIXEL, { input })).createPixel;
      const refused = {
        path: ['url'],
        message: expect.stringMatching(
          new RegExp(`^${placeholder.replace(/[{}|]/g, '\\$&')} .*${permission}.*ask a manager`),
        ),
      };

      expect(expectType(await create(), 'InvalidInputError').issues).toEqual([refused]);
      const pixelId = await scene.pixel(affiliateId, { url: PLAIN });
      const update = async (changes: object) =>
        (await own.run(UPDATE_PIXEL, { input: { pixelId, ...changes } })).updatePixel;
      expect(expectType(await update({ url }), 'InvalidInputError').issues).toEqual([refused]);
      const body = url.split('?')[1]?.replace('|raw', '') ?? '';
      if (permission === 'VISITOR_DATA') {
        const posted = await update({ method: 'POST', body });
        expect(expectType(posted, 'InvalidInputError').issues).toMatchObject([{ path: ['body'] }]);
      }

      await grant(affiliateId, [permission]);
      expectType(await create(), 'CreatePixelPayload');
      expectType(await update({ url }), 'UpdatePixelPayload');
    },
  );

  test('what an ADMIN saved keeps firing, and its owner pauses it, but changes and tests it no more', async () => {
    const affiliate = await withKey();
    const url = `${receiver.url}/?id={affclickid}&ip={ip}`;
    const pixelId = await scene.pixel(affiliate.affiliateId, { url });
    const { own } = affiliate;
    const { updatePixel } = await own.run(UPDATE_PIXEL, { input: { pixelId, maxAttempts: 2 } });
    const { testPixel } = await own.run(TEST_PIXEL, { input: { pixelId } });
    await fired(affiliate);

    expect((await receiver.next()).url).toBe(`/?id=1122223444455565666&ip=${IP}`);
    expect(expectType(updatePixel, 'InvalidInputError').message).toMatch(/VISITOR_DATA/);
    expect(testPixel).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringMatching(/\{ip\}.*VISITOR_DATA/),
    });
    expect(receiver.waiting).toBe(0);
    const { data } = await own.ask(
      `mutation ($input: PausePixelInput!) { pausePixel(input: $input) { __typename } }`,
      { input: { pixelId } },
    );
    expect(data).toEqual({ pausePixel: { __typename: 'PausePixelPayload' } });
  });
});

describe('without VISITOR_DATA nothing shows it to an affiliate’s key', () => {
  const PREVIEW = `query ($input: PreviewPostbackInput!) { previewPostback(input: $input) {
    finalUrl body skipReason unresolved values { name raw } issues { path message } } }`;
  const SHADOW = `query ($input: ShadowRunInput!) { shadowRun(input: $input) {
    compared issues { path message } results { after { finalUrl } before { finalUrl } } } }`;

  test('a preview and a shadow run tell why a save would be refused, and render nothing', async () => {
    const affiliate = await withKey();
    const { affiliateId, own } = affiliate;
    const saved = await scene.pixel(affiliateId, { url: `${receiver.url}/?ip={ip}` });
    const plain = await scene.pixel(affiliateId, { url: `${receiver.url}/?id={affclickid}` });
    const eventId = await fired(affiliate);
    for (let calls = 0; calls < 2; calls += 1) await receiver.next();
    const visible = (answer: object) => JSON.stringify(answer).includes(IP);
    const issue = { path: ['url'], message: expect.stringMatching(/VISITOR_DATA.*ask a manager/) };

    for (const input of [
      { url: VISITOR, eventId },
      { pixelId: saved, recentClick: true },
    ]) {
      const answer = await own.ask(PREVIEW, { input });
      expect(answer.data).toEqual({
        previewPostback: {
          ...{ finalUrl: null, body: null, skipReason: null, unresolved: [], values: [] },
          issues: [issue],
        },
      });
    }
    for (const input of [
      { pixelId: plain, url: VISITOR },
      { pixelId: saved, url: PLAIN },
    ]) {
      const answer = await own.ask(SHADOW, { input });
      expect(answer.data).toEqual({ shadowRun: { compared: 0, issues: [issue], results: [] } });
    }

    await grant(affiliateId, ['VISITOR_DATA']);
    expect(visible(await own.ask(PREVIEW, { input: { url: VISITOR, eventId } }))).toBe(true);
    expect(visible(await own.ask(SHADOW, { input: { pixelId: plain, url: VISITOR } }))).toBe(true);
  });

  test('a converted template has a note', async () => {
    const { affiliateId, own } = await withKey();
    const query =
      'query ($url: String!) { convertTemplate(url: $url, dialect: TUNE) { url warnings } }';
    const convert = (who: TestApi) =>
      who.ask(query, { url: `${B}/?a={session_ip}&b={affclickid}` });
    const url = `${B}/?a={ip}&b={affclickid}`;

    expect((await convert(own)).data).toEqual({
      convertTemplate: { url, warnings: [expect.stringMatching(/^\{ip\}.*VISITOR_DATA/)] },
    });
    expect((await convert(scene.admin)).data).toEqual({ convertTemplate: { url, warnings: [] } });
    await grant(affiliateId, ['VISITOR_DATA']);
    expect((await convert(own)).data).toEqual({ convertTemplate: { url, warnings: [] } });
  });

  test('reports, attempts, values, live messages and CSV hide it, and show it once it is granted', async () => {
    const broker = await withKey();
    const child = await withKey(broker.affiliateId);
    await grant(child.affiliateId, ['VISITOR_DATA']);
    await scene.pixel(child.affiliateId, {
      url: `${receiver.url}/?ip={ip}&who={player_id|lower}&id={affclickid}`,
    });
    await using live = subscribe(scene.url, broker.own.key, POSTBACK_FIRED, {});
    await live.next();
    await fired(child);
    const call = (await receiver.next()).url;
    const query = `{ postbacks(first: 5) { nodes {
      finalUrl lastAttempt { finalUrl } attempts { nodes { finalUrl } }
      values { name raw encoded } event { customerId } } } }`;
    type Row = {
      finalUrl: string;
      lastAttempt: { finalUrl: string };
      attempts: { nodes: { finalUrl: string }[] };
      values: { name: string; raw: string; encoded: string }[];
      event: { customerId: string | null };
    };
    const read = async (who: TestApi) => {
      const { data } = await who.ask(query);
      const csv = await who.fetch('/reports/postbacks.csv?columns=final_url,clickid');
      const row = (data as unknown as { postbacks: { nodes: Row[] } }).postbacks.nodes[0] as Row;
      return { row, csv: (await csv.text()).split('\n')[1]?.split(',')[0] };
    };
    const hidden = `${receiver.url}/?ip=***&who=***&id=1122223444455565666`;
    const shown = `${receiver.url}${call}`;

    expect((await live.next()).postbackFired).toMatchObject({
      postback: { finalUrl: hidden },
      attempt: { finalUrl: hidden },
    });
    const seenByBroker = await read(broker.own);
    expect(seenByBroker).toEqual({
      row: {
        finalUrl: hidden,
        lastAttempt: { finalUrl: hidden },
        attempts: { nodes: [{ finalUrl: hidden }] },
        values: [
          { name: 'ip', raw: '***', encoded: '***' },
          { name: 'player_id', raw: '***', encoded: '***' },
          expect.objectContaining({ name: 'affclickid', raw: '1122223444455565666' }),
        ],
        event: { customerId: null },
      },
      csv: hidden,
    });
    for (const who of [child.own, scene.admin]) {
      const seen = await read(who);
      expect(seen).toMatchObject({
        row: { finalUrl: shown, lastAttempt: { finalUrl: shown }, event: { customerId: 'c-4711' } },
        csv: shown,
      });
      expect(seen.row.values[0]).toEqual({ name: 'ip', raw: IP, encoded: IP });
    }
    await grant(broker.affiliateId, ['VISITOR_DATA']);
    expect(await read(broker.own)).toMatchObject({ row: { finalUrl: shown }, csv: shown });
  });

  test('a body is told as it was sent, and not at all to who may not see what stands in it', async () => {
    const broker = await withKey();
    const child = await withKey(broker.affiliateId);
    await grant(child.affiliateId, ['VISITOR_DATA']);
    const url = `${receiver.url}/hook?id={affclickid}`;
    await scene.pixel(child.affiliateId, {
      ...{ url, method: 'POST', body: '{"ip":"{ip}","try":{attempt},"at":"{fire_time}"}' },
    });
    await fired(child);
    const sent = await receiver.next();
    const read = async (who: TestApi) => {
      const { data } = await who.ask('{ postbacks(first: 1) { nodes { body contentType } } }');
      return (data as unknown as { postbacks: { nodes: object[] } }).postbacks.nodes[0];
    };

    expect(sent.body).toMatch(/"try":1,/);
    const contentType = 'application/json';
    for (const who of [child.own, scene.admin]) {
      expect(await read(who)).toEqual({ body: sent.body, contentType });
    }
    expect(await read(broker.own)).toEqual({ body: '***', contentType });
    await grant(broker.affiliateId, ['VISITOR_DATA']);
    expect(await read(broker.own)).toEqual({ body: sent.body, contentType });
  });
});
