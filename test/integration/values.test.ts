import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAttributeWaiting } from '../../src/events/attribute-waiting.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import {
  CREATE_CAMPAIGN,
  CREATE_TRACKING_LINK,
  REPLAY_POSTBACK,
  TEST_PIXEL,
} from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

// What a report and a visit say, on its way into every call, preview and comparison.

const DELAY_MS = 5_000;
const REPORT = { payout: '12.50', payoutCurrency: 'eur', customerId: 'c/4711' };

let scene: Scene;
let pool: pg.Pool;

beforeAll(async () => {
  scene = await makeScene({ VOLLEY_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` });
  pool = new pg.Pool({ connectionString: scene.databaseUrl });
});
afterAll(async () => {
  await pool.end();
  await scene[Symbol.asyncDispose]();
});

/** Opens an entry URL as a visitor's browser does; answers our click id. */
async function visit(entryUrl: string, headers: Record<string, string> = {}): Promise<string> {
  const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' };
  const response = await scene.as(null).fetch(entryUrl, { headers: { ...browser, ...headers } });
  return new URL(response.headers.get('location') ?? '').searchParams.get('clickid') ?? '';
}

async function preview(input: object) {
  const { previewPostback } = await scene.read<{
    previewPostback: { finalUrl: string | null; unresolved: string[] };
  }>(
    'query ($input: PreviewPostbackInput!) { previewPostback(input: $input) { finalUrl unresolved } }',
    { input },
  );
  return previewPostback;
}

async function readEvent(id: string) {
  const { node } = await scene.read<{ node: object }>(
    'query ($id: ID!) { node(id: $id) { ... on Event { payout payoutCurrency customerId revision } } }',
    { id },
  );
  return node;
}

describe('payout, customer and referrer', () => {
  const query =
    'p={payout}&c={payout_currency}&sum={payout_sum|fixed:2}&who={customer_id}&from={referrer}';
  const rendered = `p=12.5&c=EUR&sum=12.50&who=c%2F4711&from=https%3A%2F%2Fblog.example%2Freview`;

  test('are the same in the call, its replay, a preview and a shadow run', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    const url = `${receiver.url}/?${query}`;
    const pixelId = await scene.pixel(affiliateId, { url });
    const clickId = await visit(entryUrl, { referer: 'https://blog.example/review' });
    const { event } = await scene.event(clickId, REPORT);
    await scene.advance(DELAY_MS);

    expect((await receiver.next()).url).toBe(`/?${rendered}`);
    const [postback] = await scene.postbacks(affiliateId);
    await scene.admin.run(REPLAY_POSTBACK, { input: { postbackId: postback?.id ?? '' } });
    expect((await receiver.next()).url).toBe(`/?${rendered}`);
    const seen = { finalUrl: `${receiver.url}/?${rendered}`, unresolved: [] };
    expect(await preview({ pixelId, eventId: event.id })).toEqual(seen);
    expect(await preview({ pixelId, recentClick: true })).toEqual(seen);
    const { shadowRun } = await scene.read<{ shadowRun: object }>(
      `query ($input: ShadowRunInput!) { shadowRun(input: $input) {
         results { before { finalUrl } changes { part after } } } }`,
      { input: { pixelId, url: `${receiver.url}/?${query}&again={payout}` } },
    );
    expect(shadowRun).toEqual({
      results: [
        { before: { finalUrl: seen.finalUrl }, changes: [{ part: '?again', after: 'again=12.5' }] },
      ],
    });
    expect(await readEvent(event.id)).toEqual({
      payout: '12.5',
      payoutCurrency: 'EUR',
      customerId: 'c/4711',
      revision: 1,
    });
  });

  test('of a test fire and of a preview without an event are samples, the referrer is that of the click', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    const pixelId = await scene.pixel(affiliateId, { url: `${receiver.url}/?${query}` });
    const clickId = await visit(entryUrl, { referer: 'https://blog.example/review' });
    const sample = `p=12.5&c=USD&sum=12.50&who=c-4711&from=https%3A%2F%2Fblog.example%2Freview`;

    await scene.admin.run(TEST_PIXEL, { input: { pixelId, clickId } });
    expect((await receiver.next()).url).toBe(`/?${sample}`);
    expect(await preview({ pixelId, clickId })).toEqual({
      finalUrl: `${receiver.url}/?${sample}`,
      unresolved: [],
    });
  });

  const needsAll = { url: `https://affiliate.example/?${query}`, unresolved: 'SKIP' as const };

  test('count as values when the event is planned: as it comes in, and after it waited for its click', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, needsAll);
    const clickId = await visit(entryUrl, { referer: 'https://blog.example/review' });
    const late = systemIds.click();
    const waiting = await scene.event(late, REPORT);
    await scene.sql(
      `INSERT INTO click (id, click_id, affiliate_id, campaign_id, entry_url, parameters, referrer)
       SELECT gen_random_uuid(), '${late}', affiliate_id, campaign_id, entry_url, parameters, referrer
       FROM click WHERE click_id = '${clickId}'`,
    );
    await createAttributeWaiting({
      sql: pool,
      ids: systemIds,
      schedule: async () => {},
      announce: () => {},
    })([late]);

    expect((await scene.event(clickId, REPORT)).postbacks).toMatchObject([{ status: 'SCHEDULED' }]);
    expect(waiting.postbacks).toEqual([]);
    expect(await scene.postbacks(affiliateId)).toMatchObject([
      { status: 'SCHEDULED', clickId },
      { status: 'SCHEDULED', clickId: late },
    ]);
    const missing = await scene.event(clickId, { ...REPORT, customerId: null });
    expect(missing.postbacks).toMatchObject([{ reason: 'UNRESOLVED_PLACEHOLDER' }]);
  });

  test('come with a backfill', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    const clickId = await visit(entryUrl, { referer: 'https://blog.example/review' });
    await scene.event(clickId, REPORT);
    const pixelId = await scene.pixel(affiliateId, {
      ...needsAll,
      url: `${receiver.url}/?${query}`,
    });
    const { planBackfill } = await scene.read<{ planBackfill: { job: { id: string } } }>(
      `mutation ($input: PlanBackfillInput!) { planBackfill(input: $input) {
         ... on PlanBackfillPayload { job { id } } } }`,
      { input: { pixelId, from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' } },
    );
    await scene.read(
      'mutation ($input: StartJobInput!) { startJob(input: $input) { __typename } }',
      { input: { jobId: planBackfill.job.id } },
    );

    expect((await receiver.next()).url).toBe(`/?${rendered}`);
  });

  test('do not make a revision: a report that differs in nothing else is a duplicate', async () => {
    const { entryUrl } = await scene.affiliate();
    const clickId = await scene.click(entryUrl);
    const first = await scene.event(clickId, { ...REPORT, transactionId: 'payout-1' });
    const again = await scene.event(clickId, {
      ...REPORT,
      payout: '99',
      customerId: 'another',
      transactionId: 'payout-1',
    });
    const revised = await scene.event(clickId, {
      payout: '99',
      payoutCurrency: 'USD',
      status: 'REVERSED',
      transactionId: 'payout-1',
    });

    expect(again).toMatchObject({ duplicate: true, event: { id: first.event.id } });
    expect(await readEvent(first.event.id)).toMatchObject({ payout: '12.5', revision: 1 });
    expect(await readEvent(revised.event.id)).toMatchObject({
      payout: '99',
      customerId: null,
      revision: 2,
    });
  });

  test.each([
    [{ payout: '1,5', payoutCurrency: 'USD' }, 'payout', /decimal number.*"1,5"/],
    [{ payout: '1' }, 'payoutCurrency', /ISO 4217/],
    [{ payoutCurrency: 'USD' }, 'payout', /leave out|give both/],
    [{ payout: '1', payoutCurrency: 'COINS' }, 'payoutCurrency', /ISO 4217.*COINS/],
    [{ customerId: 'x'.repeat(256) }, 'customerId', /256 characters, 255 at most/],
  ])('%o is refused with the field and the fix', async (changes, field, message) => {
    const { recordEvent } = await scene.read<{
      recordEvent: { issues: { path: string[]; message: string }[] };
    }>(
      `mutation ($input: RecordEventInput!) { recordEvent(input: $input) {
         ... on InvalidInputError { issues { path message } } } }`,
      { input: { clickId: '', type: 'Sale', ...changes } },
    );

    expect(recordEvent.issues).toEqual([
      { path: [field], message: expect.stringMatching(message) },
    ]);
  });

  test('/event and a CSV upload take them under the names of URLs', async () => {
    const names = 'payout=7.5&payout_currency=usd&customer_id=c-1';
    const answer = await scene.admin.fetch(`/event?event=Sale&transaction_id=by-url&${names}`);
    expect(await answer.json()).toMatchObject({
      event: { payout: '7.5', payoutCurrency: 'USD', customerId: 'c-1' },
    });
    const refused = await scene.admin.fetch('/event?event=Sale&payout=7.5');
    expect(await refused.json()).toMatchObject({ issues: [{ path: ['payout_currency'] }] });

    const body = [
      'clickid,event,transaction_id,payout,payout_currency,customer_id',
      ',Sale,by-csv,7.5,usd,c-1',
      ',Sale,by-csv-2,7.5,,',
    ].join('\n');
    const headers = { 'content-type': 'text/csv' };
    const upload = await scene.admin.fetch('/events.csv', { method: 'POST', headers, body });
    expect(await upload.json()).toMatchObject({
      recorded: 1,
      problems: [{ line: 3, issues: [{ path: ['payout_currency'] }] }],
    });
    const rows = await scene.sql(
      `SELECT payout::float, payout_currency, customer_id FROM event WHERE transaction_id IN ('by-url', 'by-csv')`,
    );
    expect(rows).toEqual([
      { payout: 7.5, payout_currency: 'USD', customer_id: 'c-1' },
      { payout: 7.5, payout_currency: 'USD', customer_id: 'c-1' },
    ]);
  });
});

test('device, system, browser and language are those of the click, and of the link where it tells none', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  const url = `${receiver.url}/?d={device_type}&o={os}&b={browser}&l={language}&c={country}`;
  await scene.pixel(affiliateId, { url });
  const named = `${entryUrl}&os=forged&browser=mine&language=xx&device_type=toaster&country=DE`;
  const seen = await visit(named, { 'accept-language': 'fr-CH, fr;q=0.9, en;q=0.8' });
  const { recordClick } = await scene.read<{ recordClick: { click: { clickId: string } } }>(
    `mutation ($input: RecordClickInput!) { recordClick(input: $input) {
       ... on RecordClickPayload { click { clickId } } } }`,
    { input: { entryUrl: named, acceptLanguage: 'it' } },
  );
  for (const clickId of [seen, recordClick.click.clickId]) {
    await scene.event(clickId);
    await scene.advance(DELAY_MS);
    const call = new URL((await receiver.next()).url, receiver.url).search;

    expect(call).toBe(
      clickId === seen
        ? '?d=desktop&o=Linux&b=Firefox&l=fr&c=DE'
        : '?d=toaster&o=forged&b=mine&l=it&c=DE',
    );
  }
});

describe('the referrer of a click', () => {
  test('is kept whole, or left out with a warning', async () => {
    const { entryUrl } = await scene.affiliate();
    const longest = `https://blog.example/${'x'.repeat(2_048 - 21)}`;
    const kept = await visit(entryUrl, { referer: longest });
    const tooLong = await visit(entryUrl, { referer: `${longest}x` });
    const none = await visit(entryUrl);
    const read = async (clickId: string) => {
      const document =
        'query ($clickId: String!) { click(clickId: $clickId) { referrer warnings } }';
      return (await scene.read<{ click: object }>(document, { clickId })).click;
    };

    expect(await read(kept)).toEqual({ referrer: longest, warnings: [] });
    expect(await read(tooLong)).toEqual({
      referrer: null,
      warnings: ['the referrer left out: it has 2049 characters, 2048 at most are allowed'],
    });
    expect(await read(none)).toEqual({ referrer: null, warnings: [] });
  });

  test('comes with recordClick, which refuses one that is too long', async () => {
    const { entryUrl } = await scene.affiliate();
    const record = async (referrer: string) => {
      const { recordClick } = await scene.read<{ recordClick: object }>(
        `mutation ($input: RecordClickInput!) { recordClick(input: $input) {
           ... on RecordClickPayload { click { referrer } }
           ... on InvalidInputError { issues { path message } } } }`,
        { input: { entryUrl, referrer } },
      );
      return recordClick;
    };

    expect(await record('https://blog.example/')).toEqual({
      click: { referrer: 'https://blog.example/' },
    });
    expect(await record('x'.repeat(2_049))).toEqual({
      issues: [{ path: ['referrer'], message: 'has 2049 characters, 2048 at most are allowed' }],
    });
  });
});

test('{conversion_id} is the same for every revision of a conversion: the first one’s {event_id}', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  const statuses = ['PENDING', 'APPROVED', 'REVERSED'] as const;
  const url = `${receiver.url}/?c={conversion_id}&alias={lead_id}&e={event_id}`;
  const pixelId = await scene.pixel(affiliateId, { url, statuses: [...statuses] });
  const clickId = await scene.click(entryUrl);
  const called: URLSearchParams[] = [];
  const events: string[] = [];
  for (const status of statuses) {
    const { event } = await scene.event(clickId, { status, transactionId: 'revised' });
    await scene.advance(DELAY_MS);
    events.push(event.id);
    called.push(new URL((await receiver.next()).url, receiver.url).searchParams);
  }
  const other = await scene.event(clickId, { transactionId: 'another' });
  const nameless = await scene.event(clickId, {});
  const ids = events.map(rowIdIn);

  expect(called.map((query) => query.get('e'))).toEqual(ids);
  expect(called.map((query) => query.get('c'))).toEqual([ids[0], ids[0], ids[0]]);
  expect(called.map((query) => query.get('alias'))).toEqual([ids[0], ids[0], ids[0]]);
  for (const { event } of [other, nameless]) {
    const id = rowIdIn(event.id);
    expect((await preview({ pixelId, eventId: event.id })).finalUrl).toBe(
      `${receiver.url}/?c=${id}&alias=${id}&e=${id}`,
    );
  }
  expect((await preview({ pixelId, eventId: events[2] })).finalUrl).toBe(
    `${receiver.url}/?c=${ids[0]}&alias=${ids[0]}&e=${ids[2]}`,
  );
});

describe('the values of a postback', () => {
  type Value = { name: string; source: string | null; raw: string | null; encoded: string };

  async function valuesOf(affiliateId: string): Promise<Value[]> {
    const [postback] = await scene.postbacks(affiliateId);
    return postback?.values ?? [];
  }

  async function campaignOf(offerId: string, name: string) {
    const landingUrl = 'https://brand.example/';
    const { createCampaign } = await scene.admin.run(CREATE_CAMPAIGN, {
      input: { code: `renamed-${name.length}`, name, offerId, landingUrl },
    });
    return expectType(createCampaign, 'CreateCampaignPayload').campaign;
  }

  async function rename(campaignId: string, name: string) {
    await scene.read(
      `mutation ($input: UpdateCampaignInput!) { updateCampaign(input: $input) {
         ... on UpdateCampaignPayload { campaign { name } } } }`,
      { input: { campaignId, name } },
    );
  }

  test('are those of the last attempt, whatever campaign and offer are called since', async () => {
    await using receiver = await startReceiver();
    receiver.answer({ status: 500 }, { status: 200 });
    const { affid, affiliateId } = await scene.affiliate();
    const campaign = await campaignOf(scene.offerId, 'First name');
    await scene.pixel(affiliateId, {
      url: `${receiver.url}/?c={campaign_name}&code={campaign}&o={offer_name|upper}`,
      method: 'POST',
      body: '{"campaign":"{campaign_name}"}',
    });
    await scene.event(await scene.click(`/click?affid=${affid}&campaign=${campaign.code}`));
    await scene.advance(DELAY_MS);
    await receiver.next();
    await rename(campaign.id, 'Second "name"');
    await scene.advance(10_000);
    const call = await receiver.next();
    await eventually(
      () => scene.postbacks(affiliateId),
      ([postback]) => expect(postback?.status).toBe('DELIVERED'),
    );
    await rename(campaign.id, 'Third name');
    await scene.sql(`UPDATE offer SET name = 'Renamed' WHERE code = 'brand'`);

    const code = campaign.code;
    expect(call).toMatchObject({
      url: `/?c=Second%20%22name%22&code=${code}&o=BRAND`,
      body: '{"campaign":"Second \\"name\\""}',
    });
    const name = { name: 'campaign_name', source: 'CONTEXT', raw: 'Second "name"' };
    expect(await valuesOf(affiliateId)).toEqual([
      { ...name, encoded: 'Second%20%22name%22' },
      { name: 'campaign', source: 'CLICK', raw: code, encoded: code },
      { name: 'offer_name', source: 'CONTEXT', raw: 'Brand', encoded: 'BRAND' },
      { ...name, encoded: 'Second \\"name\\"' },
    ]);
    await scene.sql(`UPDATE offer SET name = 'Brand' WHERE code = 'brand'`);
  });

  test('do not follow an attempt that decided nothing', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, { url: `${receiver.url}/?n={attempt}&at={fire_ts}` });
    await scene.event(await scene.click(entryUrl));
    await scene.advance(DELAY_MS);
    await receiver.next();
    await eventually(
      () => scene.postbacks(affiliateId),
      ([postback]) => expect(postback?.status).toBe('DELIVERED'),
    );
    const before = await valuesOf(affiliateId);
    await scene.sql(`
      INSERT INTO postback_attempt (postback_id, number, started_at, duration_ms, final_url, superseded)
      SELECT postback_id, 2, started_at + interval '1 hour', 1, final_url, true FROM postback_attempt
      WHERE postback_id = (SELECT id FROM postback ORDER BY id DESC LIMIT 1)`);

    expect(before.map(({ encoded }) => encoded)[0]).toBe('1');
    expect(await valuesOf(affiliateId)).toEqual(before);
  });

  test('of a signed call keep its signatures when its secret is gone', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    const pixelId = await scene.pixel(affiliateId, {
      url: `${receiver.url}/?id={affclickid}&h={affclickid|hmac}&sig={sig}`,
      signed: true,
    });
    await scene.event(await scene.click(entryUrl));
    await scene.advance(DELAY_MS);
    const call = new URL((await receiver.next()).url, receiver.url).searchParams;
    await eventually(
      () => scene.postbacks(affiliateId),
      ([postback]) => expect(postback?.status).toBe('DELIVERED'),
    );
    await scene.sql(`DELETE FROM pixel_secret WHERE pixel_id = '${rowIdIn(pixelId)}'`);

    expect(await valuesOf(affiliateId)).toMatchObject([
      { name: 'affclickid', raw: '1122223444455565666' },
      { name: 'affclickid', raw: '1122223444455565666', encoded: call.get('h') },
      { name: 'sig', source: 'SIGNATURE', raw: call.get('sig'), encoded: call.get('sig') },
    ]);
    const kept = await scene.sql(`
      SELECT jsonb_array_length(a.kept) AS kept FROM postback_attempt a JOIN postback p ON p.id = a.postback_id
      WHERE p.pixel_id = '${rowIdIn(pixelId)}'`);
    expect(kept).toEqual([{ kept: 2 }]);
  });
});

describe('warnings of a pixel that includes sub-partners', () => {
  const url = 'https://affiliate.example/?a={linked}&b={visited}&c={nobody}';

  async function warnings(affiliateId: string, includeSubPartners: boolean): Promise<string> {
    const pixelId = await scene.pixel(affiliateId, { url, includeSubPartners });
    const { node, previewPostback, shadowRun } = await scene.read<{
      node: { warnings: string[] };
      previewPostback: { warnings: string[] };
      shadowRun: { warnings: string[] };
    }>(
      `query ($id: ID!) {
         node(id: $id) { ... on Pixel { warnings } }
         previewPostback(input: { pixelId: $id }) { warnings }
         shadowRun(input: { pixelId: $id }) { warnings }
       }`,
      { id: pixelId },
    );
    expect(previewPostback.warnings).toEqual(node.warnings);
    expect(shadowRun.warnings).toEqual([...node.warnings, expect.stringContaining('no event')]);
    return node.warnings.join('\n');
  }

  test('know what the links and clicks below carry; of more than 100 affiliates nothing is said', async () => {
    const broker = await scene.affiliate();
    const child = await scene.affiliate(broker.affiliateId);
    const grandchild = await scene.affiliate(child.affiliateId);
    const { createTrackingLink } = await scene.admin.run(CREATE_TRACKING_LINK, {
      input: {
        affiliateId: child.affiliateId,
        campaignId: scene.campaignId,
        parameters: [{ name: 'linked', value: '1' }],
      },
    });
    expectType(createTrackingLink, 'CreateTrackingLinkPayload');
    await scene.click(`${grandchild.entryUrl}&visited=1`);
    const nobodyCarries = (name: string) =>
      expect.stringMatching(new RegExp(`\\{${name}\\}.*none of the affiliate's`));

    const alone = await warnings(broker.affiliateId, false);
    for (const name of ['linked', 'visited', 'nobody']) expect(alone).toEqual(nobodyCarries(name));
    const together = await warnings(broker.affiliateId, true);
    expect(together).toEqual(nobodyCarries('nobody'));
    expect(together).not.toMatch(/linked|visited/);

    const add = (count: number) =>
      scene.sql(`INSERT INTO affiliate (id, affid, name, kind, parent_id)
        SELECT gen_random_uuid(), 'crowd-' || gen_random_uuid(), 'x', 'AFFILIATE', '${rowIdIn(child.affiliateId)}'
        FROM generate_series(1, ${count})`);
    await add(98);
    expect(await warnings(broker.affiliateId, true)).toEqual(nobodyCarries('nobody'));
    await add(1);
    expect(await warnings(broker.affiliateId, true)).not.toMatch(/none of the affiliate's/);
  });
});
