import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { makeScene, type Scene, type SceneAffiliate } from '../support/scene.ts';

const B = 'https://affiliate.example';
const SHADOW = `query ($input: ShadowRunInput!) { shadowRun(input: $input) {
  compared changed warnings issues { path message }
  results {
    clickId changed event { id type click { clickId } } changes { part before after }
    before { finalUrl body skipReason unresolved } after { finalUrl body skipReason unresolved }
  }
} }`;
const PREVIEW = `query ($input: PreviewPostbackInput!) { previewPostback(input: $input) {
  finalUrl body contentType skipReason unresolved warnings click { clickId }
  issues { path message } values { name source raw }
} }`;

type Rendering = { finalUrl: string | null; body: string | null; skipReason: string | null };
type Run = {
  compared: number;
  changed: number;
  warnings: string[];
  issues: { path: string[]; message: string }[];
  results: {
    clickId: string;
    changed: boolean;
    event: { id: string; type: string; click: { clickId: string } };
    changes: { part: string; before: string | null; after: string | null }[];
    before: Rendering;
    after: Rendering;
  }[];
};
type Preview = Rendering & {
  contentType: string | null;
  click: { clickId: string } | null;
  issues: { path: string[]; message: string }[];
  warnings: string[];
};

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

async function shadow(input: object): Promise<Run> {
  return (await scene.read<{ shadowRun: Run }>(SHADOW, { input })).shadowRun;
}

async function preview(input: object): Promise<Preview> {
  const answer = await scene.read<{ previewPostback: Preview }>(PREVIEW, { input });
  return answer.previewPostback;
}

async function refusal(query: string, input: object): Promise<string | undefined> {
  const { errors } = await scene.admin.ask(query, { input });
  expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  return errors?.[0]?.message;
}

/** A pixel with so many events, each of a click of its own; the click ids, newest first. */
async function withEvents(
  count: number,
  url = `${B}/?id={affclickid}&sum={amount}&at={fire_time}`,
) {
  const affiliate = await scene.affiliate();
  const pixelId = await scene.pixel(affiliate.affiliateId, { url });
  const clickIds: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const clickId = await scene.click(affiliate.entryUrl);
    await scene.event(clickId, {
      amount: `${index}`,
      transactionId: `${affiliate.affid}-${index}`,
    });
    clickIds.unshift(clickId);
  }
  return { affiliate, pixelId, clickIds };
}

describe('a shadow run', () => {
  test('shows what an edited template changes for the last real events, and leaves no trace', async () => {
    const { pixelId, clickIds } = await withEvents(3);
    const count = 'SELECT (SELECT count(*) FROM postback) + (SELECT count(*) FROM event) AS rows';
    const before = await scene.sql(count);

    const url = `${B}/hook?id={affclickid}&value={amount}&at={fire_time}`;
    const run = await shadow({ pixelId, url, last: 2 });

    expect(run).toMatchObject({ compared: 2, changed: 2, issues: [] });
    expect(run.results.map(({ clickId }) => clickId)).toEqual(clickIds.slice(0, 2));
    expect(run.results.map(({ event }) => event.click.clickId)).toEqual(clickIds.slice(0, 2));
    expect(run.results[0]?.changes).toEqual([
      { part: 'path', before: `${B}/`, after: `${B}/hook` },
      { part: '?sum', before: 'sum=3', after: null },
      { part: '?value', before: null, after: 'value=3' },
    ]);
    expect(run.results[1]?.after.finalUrl).toContain(
      `${B}/hook?id=1122223444455565666&value=2&at=`,
    );
    expect(await scene.sql(count)).toEqual(before);
  });

  test('an edit that changes nothing, the fire time included, shows no difference', async () => {
    const { pixelId } = await withEvents(2);

    const run = await shadow({ pixelId });

    expect(run).toMatchObject({ compared: 2, changed: 0 });
    expect(run.results.map(({ changed }) => changed)).toEqual([false, false]);
  });

  test('compares policies and the body of a POST', async () => {
    const { pixelId } = await withEvents(1, `${B}/?id={affclickid}&s={sub1}`);

    const skips = await shadow({ pixelId, unresolved: 'SKIP' });
    const posts = await shadow({
      pixelId,
      method: 'POST',
      body: '{"id":"{affclickid}"}',
      url: `${B}/`,
    });

    expect(skips.results[0]?.changes).toEqual([
      { part: 'skipReason', before: null, after: 'UNRESOLVED_PLACEHOLDER' },
    ]);
    expect(posts.results[0]?.after).toMatchObject({
      finalUrl: `${B}/`,
      body: '{"id":"1122223444455565666"}',
    });
    expect(posts.results[0]?.changes.map(({ part }) => part)).toEqual([
      ...['method', '?id', '?s', 'body'],
    ]);
  });

  test('a template that would be refused is compared with nothing', async () => {
    const { pixelId } = await withEvents(1);

    const run = await shadow({ pixelId, url: `${B}/?a=1` });

    expect(run).toMatchObject({ compared: 0, results: [], issues: [{ path: ['url'] }] });
  });

  test('a pixel without events says so; test fires are no events', async () => {
    const { pixelId } = await withEvents(0);
    const fire = 'mutation ($input: TestPixelInput!) { testPixel(input: $input) { __typename } }';
    await scene.read(fire, { input: { pixelId } });

    const run = await shadow({ pixelId });

    expect(run).toMatchObject({ compared: 0, changed: 0, results: [] });
    expect(run.warnings).toContainEqual(expect.stringContaining('no event to compare'));
  });

  test.each([0, 101, -1])('refuses the last %i', async (last) => {
    const { pixelId } = await withEvents(0);

    expect(await refusal(SHADOW, { pixelId, last })).toContain(`it was ${last}`);
  });

  test("takes no pixel of another affiliate's", async () => {
    const { pixelId } = await withEvents(1);
    const other = await scene.affiliate();
    const input = { name: 'Other', role: 'AFFILIATE' as const, affiliateId: other.affiliateId };
    const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
    const { secret } = expectType(createApiKey, 'CreateApiKeyPayload');

    const { data, errors } = await scene.as(secret).ask(SHADOW, { input: { pixelId } });

    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.message).toContain('pixelId');
  });
});

describe('a preview', () => {
  let affiliate: SceneAffiliate;
  const url = `${B}/?id={affclickid}&sum={amount}&c={clickid}`;

  test('renders with the recent click of the affiliate, best one with an event', async () => {
    affiliate = await scene.affiliate();
    const { affiliateId, entryUrl } = affiliate;
    const none = await refusal(PREVIEW, { url, affiliateId, recentClick: true });
    const converted = await scene.click(entryUrl);
    const first = await preview({ url, affiliateId, recentClick: true });
    await scene.event(converted, { amount: '7' });
    const newest = await scene.click(entryUrl);
    const bot = await scene.click(entryUrl);
    await scene.sql(`UPDATE click SET is_bot = true WHERE click_id = '${bot}'`);

    const shown = await preview({ url, affiliateId, recentClick: true });
    const other = await preview({ url, affiliateId, recentClick: true, triggerEvent: 'Deposit' });

    expect(none).toContain('has no click yet');
    expect(first).toMatchObject({ click: { clickId: converted } });
    expect(shown).toMatchObject({
      click: { clickId: converted },
      finalUrl: `${B}/?id=1122223444455565666&sum=7&c=${converted}`,
    });
    expect(other.click).toEqual({ clickId: newest });
  });

  test('recentClick stands alone and needs an affiliate', async () => {
    const { pixelId, clickIds } = await withEvents(1);

    expect(await refusal(PREVIEW, { url, recentClick: true })).toContain('affiliateId');
    const both = { pixelId, recentClick: true, clickId: clickIds[0] };
    expect(await refusal(PREVIEW, both)).toContain('Give one of');
    expect(await preview({ pixelId, recentClick: true })).toMatchObject({
      click: { clickId: clickIds[0] },
    });
    expect(await preview({ pixelId })).toMatchObject({ click: null });
  });

  test('renders the body of a POST, which alone may hold the placeholders', async () => {
    const input = { url: `${B}/hook`, method: 'POST' as const };

    expect(await preview({ ...input, body: '{"sum":{amount}}' })).toMatchObject({
      finalUrl: `${B}/hook`,
      body: '{"sum":50}',
      contentType: 'application/json',
      issues: [],
    });
    expect((await preview({ ...input, body: 'a=1' })).issues).toEqual([
      { path: ['url'], message: expect.stringMatching(/no placeholder.*body of a POST/) },
    ]);
  });

  test('tells what a save of the whole pixel would be refused for', async () => {
    const input = { url: `${B}/?id={affclickid}`, body: 'a={amount}', maxAttempts: 99 };

    expect((await preview({ url: input.url })).issues).toEqual([]);
    expect((await preview(input)).issues.map(({ path }) => path)).toEqual([['maxAttempts']]);
    const rest = { scope: 'SPECIFIC_CAMPAIGNS' as const, triggerEvent: 'Nothing' };
    const { issues } = await preview({ ...input, maxAttempts: 3, ...rest });
    expect(issues.map(({ path }) => path[0])).toEqual(['campaignIds', 'body', 'triggerEvent']);
  });

  test('shows no body for a GET, be it given, which is an issue, or saved with a POST', async () => {
    const { affiliateId } = await scene.affiliate();
    const url = `${B}/?id={affclickid}`;
    const pixelId = await scene.pixel(affiliateId, { url, method: 'POST', body: 'a={amount}' });

    expect(await preview({ url, method: 'GET', body: 'a={nothing}' })).toMatchObject({
      ...{ finalUrl: expect.stringContaining(`${B}/?id=`), body: null, contentType: null },
      ...{ unresolved: [], issues: [{ path: ['body'] }] },
    });
    expect(await preview({ pixelId, method: 'GET' })).toMatchObject({ body: null, issues: [] });
    expect(await preview({ pixelId })).toMatchObject({ body: 'a=50', issues: [] });
  });
});

test('rule 11: a POST whose body alone has a placeholder is saved and fires', async () => {
  const affiliate = await scene.affiliate();
  const url = `${B}/hook`;
  await scene.pixel(affiliate.affiliateId, {
    url,
    method: 'POST',
    body: 'id={affclickid}&x={nope1}',
  });
  await scene.event(await scene.click(affiliate.entryUrl));

  const [postback] = await scene.postbacks(affiliate.affiliateId);
  expect(postback).toMatchObject({ status: 'SCHEDULED' });
  const query =
    'query ($where: PixelFilter) { pixels(where: $where) { nodes { exampleUrl warnings } } }';
  const { pixels } = await scene.read<{
    pixels: { nodes: { exampleUrl: string; warnings: string[] }[] };
  }>(query, { where: { affiliateIds: [affiliate.affiliateId] } });
  expect(pixels.nodes[0]?.exampleUrl).toBe(url);
  expect(pixels.nodes[0]?.warnings.join()).toContain('{nope1}');
});
