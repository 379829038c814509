import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { expectType, type TestApi } from '../support/api.ts';
import { runSql } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { CREATE_API_KEY, RECORD_CLICK } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

type ClickNode = {
  entryUrl: string;
  parameters: { name: string; value: string }[];
  warnings: string[];
};

async function visit(path: string) {
  const response = await scene.as(null).fetch(path);
  const location = response.headers.get('location');
  const clickId = location === null ? null : new URL(location).searchParams.get('clickid');
  return { response, location, clickId };
}

async function readClick(clickId: string | null): Promise<ClickNode> {
  const { click } = await scene.read<{ click: ClickNode }>(
    `query ($clickId: String!) { click(clickId: $clickId) { entryUrl parameters { name value } warnings } }`,
    { clickId },
  );
  return click;
}

test('a visit is stored with its URL and every parameter exactly as they came', async () => {
  const { affid } = await scene.affiliate();
  const path = `/click?affid=${affid}&campaign=2001&affclickid=1122223444455565666&b64=a+b/%3D%2B&utf=%C3%A9&broken=%zz&empty=&flag&t.r-a_c=%2541`;
  const { response, location, clickId } = await visit(path);

  expect(response.status).toBe(302);
  expect(location).toBe(`https://brand.example/welcome?clickid=${clickId}`);
  expect(clickId).toMatch(/^[0-9a-f]{32}$/);
  const { entryUrl, ...click } = await readClick(clickId);
  expect(entryUrl.endsWith(path)).toBe(true);
  expect(click).toEqual({
    parameters: [
      { name: 'affclickid', value: '1122223444455565666' },
      { name: 'b64', value: 'a+b/=+' },
      { name: 'utf', value: 'é' },
      { name: 'broken', value: '%zz' },
      { name: 'empty', value: '' },
      { name: 'flag', value: '' },
      { name: 't.r-a_c', value: '%41' },
    ],
    warnings: [],
  });
});

test('what cannot be kept is left out whole and told in warnings', async () => {
  const { affid } = await scene.affiliate();
  const many = Array.from({ length: 52 }, (_, at) => `p${at}=${at}`).join('&');
  const { response, clickId } = await visit(
    `/click?affid=${affid}&campaign=2001&ClickID=mine&a=1&a=2&long=${'x'.repeat(1_025)}&${many}`,
  );
  const { parameters, warnings } = await readClick(clickId);

  expect(response.status).toBe(302);
  expect(parameters).toHaveLength(50);
  expect(parameters[0]).toEqual({ name: 'a', value: '1' });
  expect(warnings).toEqual([
    'ClickID left out: clickid is reserved',
    'a given again: the first value counts',
    'long left out: its value has 1025 characters, 1024 at most are allowed',
    '3 parameter(s) left out: a click keeps 50 parameters at most',
  ]);
});

test('a click as large as the limits allow, every character of it encoded, is stored whole', async () => {
  const { affid } = await scene.affiliate();
  const encoded = (text: string) =>
    [...text].map((letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`).join('');
  const parameters = Array.from({ length: 50 }, (_, at) => ({
    name: `p${at}`.padEnd(64, 'n'),
    value: `${at}&=+`.padEnd(1_024, '{'),
  }));
  const query = parameters.map(({ name, value }) => `${encoded(name)}=${encoded(value)}`).join('&');
  const path = `/click?affid=${affid}&campaign=2001&${query}`;
  expect(path.length).toBeGreaterThan(163_000);

  const { response, clickId } = await visit(path);
  expect(response.status).toBe(302);
  expect(await readClick(clickId)).toEqual({ entryUrl: path, parameters, warnings: [] });

  const entryUrl = `${path}&${'x'.repeat(160 * 1024 - path.length - 1)}`;
  const { recordClick } = await scene.admin.run(RECORD_CLICK, { input: { entryUrl } });
  const recorded = expectType(recordClick, 'RecordClickPayload').click.clickId;
  expect(await readClick(recorded)).toMatchObject({ entryUrl, parameters });
});

test.each([
  ['an unknown affiliate', '/click?affid=nobody&campaign=2001', 404],
  ['an unknown campaign', '/click?affid=101&campaign=9999', 404],
  ['no affiliate', '/click?campaign=2001', 400],
  ['a code that is none', '/click?affid=%3Cscript%3E&campaign=2001', 400],
])('%s is refused and stores nothing', async (_what, path, status) => {
  const before = await scene.sql('SELECT count(*) FROM click');

  expect((await visit(path)).response.status).toBe(status);
  expect(await scene.sql('SELECT count(*) FROM click')).toEqual(before);
});

test('a paused affiliate gets no clicks', async () => {
  const { affid, entryUrl } = await scene.affiliate();
  await scene.sql(`UPDATE affiliate SET status = 'PAUSED' WHERE affid = '${affid}'`);

  expect((await visit(entryUrl)).response.status).toBe(410);
});

test('a click that the store refuses is redirected, stored later under its id, and its events then fire', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `${receiver.url}/?id={affclickid}&c={clickid}` });
  await scene.sql(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no space left'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON click EXECUTE FUNCTION refuse()`);

  const { response, clickId } = await visit(`${entryUrl}&note=a+b`);
  const { event } = await scene.event(clickId ?? '');
  expect(response.status).toBe(302);
  expect(event.unattributed).toBe('CLICK_UNKNOWN');
  expect(await readClick(clickId)).toBeNull();
  await scene.sql('DROP TRIGGER refuse ON click');
  await eventually(
    () => readClick(clickId),
    (click) => expect(click).not.toBeNull(),
  );

  const { entryUrl: stored, parameters } = await readClick(clickId);
  expect(stored.endsWith(`${entryUrl}&note=a+b`)).toBe(true);
  expect(parameters).toContainEqual({ name: 'note', value: 'a+b' });
  await scene.advance(5_000);
  expect((await receiver.next()).url).toBe(`/?id=1122223444455565666&c=${clickId}`);
  expect(receiver.total).toBe(1);
});

test('a visitor does not wait for a store that hangs, and the click is written once', async () => {
  const { entryUrl } = await scene.affiliate();
  await visit(entryUrl);
  const blocker = new pg.Client(scene.databaseUrl);
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE click IN SHARE MODE');

  const startedAt = Date.now();
  const { response, clickId } = await visit(entryUrl);
  expect(response.status).toBe(302);
  expect(Date.now() - startedAt).toBeLessThan(4_000);
  await blocker.query('ROLLBACK');
  await blocker.end();

  await eventually(
    () => readClick(clickId),
    (click) => expect(click).not.toBeNull(),
  );
  const spooled = async () => (await scene.admin.fetch('/metrics')).text();
  await eventually(spooled, (text) => expect(text).toMatch(/^volley_\w*spool\w* 0$/m));
  expect(
    await scene.sql(`SELECT count(*)::int AS n FROM click WHERE click_id = '${clickId}'`),
  ).toEqual([{ n: 1 }]);
});

test('without PostgreSQL visitors of known codes are redirected, and every click is written later', async () => {
  await using alone = await makeScene();
  const { entryUrl } = await alone.affiliate();
  await alone.click(entryUrl);
  await shut(alone);

  const answers = await Promise.all(
    Array.from({ length: 20 }, () => alone.as(null).fetch(entryUrl)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 302));
  await reopen(alone);

  const given = answers.map((answer) =>
    new URL(answer.headers.get('location') ?? '').searchParams.get('clickid'),
  );
  const stored = await eventually(
    () => alone.sql('SELECT click_id FROM click ORDER BY id OFFSET 1'),
    (rows) => expect(rows).toHaveLength(20),
  );
  expect(stored.map((row) => row.click_id).sort()).toEqual(given.sort());
});

test('without PostgreSQL a code that is not cached is answered 503, as it may exist', async () => {
  await using alone = await makeScene();
  const { entryUrl } = await alone.affiliate();
  await shut(alone);

  const { status } = await alone.as(null).fetch(entryUrl);
  await reopen(alone);
  expect(status).toBe(503);
});

/** Makes the database unreachable: connections end and new ones are refused. */
function shut({ databaseUrl }: Scene) {
  const name = new URL(databaseUrl).pathname.slice(1);
  return runSql(
    inject('postgresUrl'),
    `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false;
     SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
}

function reopen({ databaseUrl }: Scene) {
  const name = new URL(databaseUrl).pathname.slice(1);
  return runSql(inject('postgresUrl'), `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
}

type FlaggedClick = { clickId: string; isBot: boolean; affclickid: string | null };

async function readClicks(where: object): Promise<FlaggedClick[]> {
  const { clicks } = await scene.read<{ clicks: { nodes: FlaggedClick[] } }>(
    `query ($where: ClickFilter) { clicks(where: $where) { nodes { clickId isBot affclickid } } }`,
    { where },
  );
  return clicks.nodes;
}

test('a bot is flagged, not counted, and redirected like anybody', async () => {
  const { affid, affiliateId } = await scene.affiliate();
  const counted = async () => {
    const metrics = await (await scene.as(null).fetch('/metrics')).text();
    return Number(/volley_clicks_total\{outcome="redirected"\} (\d+)/.exec(metrics)?.[1] ?? 0);
  };
  const before = await counted();
  const visitAs = async (userAgent: string, query: string) => {
    const path = `/click?affid=${affid}&campaign=2001&${query}`;
    const headers = { 'user-agent': userAgent };
    const response = await scene.as(null).fetch(path, { headers });
    expect(response.status).toBe(302);
  };
  await visitAs(
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'onlybot=1',
  );
  await visitAs(
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'person=1',
  );

  expect(await readClicks({ affiliateIds: [affiliateId] })).toHaveLength(2);
  expect(await readClicks({ affiliateIds: [affiliateId], isBot: true })).toMatchObject([
    { isBot: true },
  ]);
  expect(await readClicks({ affiliateIds: [affiliateId], isBot: false })).toMatchObject([
    { isBot: false },
  ]);
  // What only a bot carried is nothing the affiliate sends.
  const pixelId = await scene.pixel(affiliateId, {
    url: 'https://affiliate.example/?a={person}&b={onlybot}',
  });
  const { node } = await scene.read<{ node: { warnings: string[] } }>(
    `query ($id: ID!) { node(id: $id) { ... on Pixel { warnings } } }`,
    { id: pixelId },
  );
  expect(node.warnings.filter((warning) => warning.includes('person'))).toEqual([]);
  expect(node.warnings.filter((warning) => warning.includes('onlybot'))).toHaveLength(1);
  expect((await counted()) - before).toBe(1);
});

test('rule 38: clicks grouped by affclickid show the doubles, each with what came of it', async () => {
  const { affid, affiliateId } = await scene.affiliate();
  await scene.pixel(affiliateId, {});
  const entryUrl = (affclickid: string) =>
    `/click?affid=${affid}&campaign=2001&affclickid=${affclickid}`;
  const twice = [await scene.click(entryUrl('twice')), await scene.click(entryUrl('twice'))];
  await scene.click(entryUrl('once'));
  await scene.click(entryUrl(''));
  await scene.event(twice[1] ?? '');

  const groups = `query ($where: AffclickidGroupFilter) {
    affclickidGroups(where: $where) { nodes { affiliate { affid } affclickid clicks events postbacks } }
  }`;
  const doubles = { affiliate: { affid }, affclickid: 'twice', clicks: 2, events: 1, postbacks: 1 };
  expect(await scene.read(groups, { where: { affiliateIds: [affiliateId] } })).toEqual({
    affclickidGroups: { nodes: [doubles] },
  });
  expect(
    await scene.read(groups, { where: { affiliateIds: [affiliateId], minClicks: 1 } }),
  ).toMatchObject({
    affclickidGroups: { nodes: [doubles, { affclickid: 'once', clicks: 1, events: 0 }] },
  });
  expect(await readClicks({ affiliateIds: [affiliateId], affclickid: 'twice' })).toHaveLength(2);
});

test('affclickidGroups refuses a window of years with the number', async () => {
  const answer = await scene.admin.ask(
    `{ affclickidGroups(where: { from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }) { nodes { clicks } } }`,
  );

  expect(answer.errors?.[0]?.message).toContain('92 days; it was 366');
});

test('groups are paged largest first, then by affclickid, each once', async () => {
  const { affid, affiliateId } = await scene.affiliate();
  for (const [affclickid, clicks] of [
    ['b', 2],
    ['a', 2],
    ['c', 3],
    ['B', 2],
    ['d', 1],
  ] as const) {
    for (let click = 0; click < clicks; click += 1) {
      await scene.click(`/click?affid=${affid}&campaign=2001&affclickid=${affclickid}`);
    }
  }
  type Page = {
    affclickidGroups: {
      nodes: { affclickid: string }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  };
  const document = `query ($after: String, $where: AffclickidGroupFilter) {
    affclickidGroups(first: 1, after: $after, where: $where) {
      nodes { affclickid } pageInfo { endCursor hasNextPage }
    }
  }`;
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const where = { affiliateIds: [affiliateId] };
    const { affclickidGroups }: Page = await scene.read<Page>(document, { after, where });
    seen.push(...affclickidGroups.nodes.map(({ affclickid }) => affclickid));
    if (!affclickidGroups.pageInfo.hasNextPage) break;
    after = affclickidGroups.pageInfo.endCursor;
  }

  expect(seen).toEqual(['c', 'B', 'a', 'b']);
  for (const after of ['x', Buffer.from('[1,"\\u0000","a"]').toString('base64')]) {
    const answer = await scene.admin.ask(document, { after });
    expect(answer.errors?.[0]?.message).toBe('"after" is no cursor of this list.');
  }
});

test("an affiliate's groups do not count the postbacks of a broker above it", async () => {
  const broker = await scene.affiliate();
  const { affiliateId, entryUrl } = await scene.affiliate(broker.affiliateId);
  await scene.pixel(broker.affiliateId, { includeSubPartners: true });
  await scene.event(await scene.click(entryUrl));
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: 'theirs', role: 'AFFILIATE', affiliateId },
  });
  const theirs = scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
  const ask = (who: TestApi) =>
    who.ask(
      `query ($where: AffclickidGroupFilter) { affclickidGroups(where: $where) { nodes { clicks postbacks } } }`,
      { where: { affiliateIds: [affiliateId], minClicks: 1 } },
    );

  expect((await ask(scene.admin)).data).toEqual({
    affclickidGroups: { nodes: [{ clicks: 1, postbacks: 1 }] },
  });
  expect((await ask(theirs)).data).toEqual({
    affclickidGroups: { nodes: [{ clicks: 1, postbacks: 0 }] },
  });
});

test('recordClick takes the visitor along, who is a bot by the user agent only', async () => {
  const { affid } = await scene.affiliate();
  const record = async (visitor: object) => {
    const { recordClick } = await scene.read<{ recordClick: object }>(
      `mutation ($input: RecordClickInput!) { recordClick(input: $input) {
        ... on RecordClickPayload { click { clickId isBot } }
        ... on InvalidInputError { issues { path message } }
      } }`,
      { input: { entryUrl: `/click?affid=${affid}&campaign=2001`, ...visitor } },
    );
    return recordClick;
  };

  expect(await record({})).toMatchObject({ click: { isBot: false } });
  expect(await record({ ip: '2001:db8::1', userAgent: 'Googlebot/2.1' })).toMatchObject({
    click: { isBot: true },
  });
  expect(await scene.sql(`SELECT ip FROM click WHERE user_agent = 'Googlebot/2.1'`)).toEqual([
    { ip: '2001:db8::1' },
  ]);
  expect(await record({ ip: '300.1.1.1', userAgent: 'x'.repeat(1_025) })).toMatchObject({
    issues: [
      { path: ['ip'], message: expect.stringContaining('300.1.1.1') },
      { path: ['userAgent'], message: expect.stringContaining('1024 at most') },
    ],
  });
});
