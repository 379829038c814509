import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createLog } from '../../src/platform/log.ts';
import { expectType } from '../support/api.ts';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';
import {
  CREATE_AFFILIATE,
  CREATE_API_KEY,
  CREATE_CAMPAIGN,
  POSTBACKS,
} from '../support/operations.ts';
import { ENTRY_URL, referencePixel, seedClick, seedPixel, seedReference } from '../support/seed.ts';

let volley: TestApp;
let seeded: Awaited<ReturnType<typeof seedReference>>;
let integrationKey: string;
let viewerKey: string;

beforeAll(async () => {
  volley = await makeApp();
  seeded = await seedReference(volley.admin);
  const { affiliateId, integrationId } = seeded;
  await seedPixel(volley.admin, referencePixel('https://affiliate.example', affiliateId));
  const key = async (input: object) => {
    const { createApiKey } = await volley.admin.run(CREATE_API_KEY, {
      input: { name: 'key', role: 'VIEWER', ...input },
    });
    return expectType(createApiKey, 'CreateApiKeyPayload').secret;
  };
  integrationKey = await key({ role: 'INTEGRATION', integrationId });
  viewerKey = await key({});
});
afterAll(() => volley[Symbol.asyncDispose]());

const get = (path: string, init: RequestInit = {}) => volley.as(null).fetch(path, init);

async function countRows(table: string): Promise<unknown> {
  return (await volley.sql(`SELECT count(*)::int AS count FROM ${table}`))[0]?.count;
}

async function makeCampaign(code: string, landingUrl: string): Promise<void> {
  const { createCampaign } = await volley.admin.run(CREATE_CAMPAIGN, {
    input: { code, name: code, offerId: seeded.offerId, landingUrl },
  });
  expectType(createCampaign, 'CreateCampaignPayload');
}

describe('/click', () => {
  test('stores the visit and redirects to the landing URL with our click id appended', async () => {
    const answer = await get(ENTRY_URL, { headers: { 'user-agent': 'Visitor/1.0' } });

    const location = new URL(answer.headers.get('location') ?? '');
    const clickId = location.searchParams.get('clickid');
    expect(answer.status).toBe(302);
    expect(location.href).toBe(`https://brand.example/welcome?clickid=${clickId}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const rows = await volley.sql(`SELECT * FROM click WHERE click_id = '${clickId}'`);
    expect(rows).toMatchObject([
      {
        entry_url: ENTRY_URL,
        user_agent: 'Visitor/1.0',
        parameters: [{ name: 'affclickid', value: '1122223444455565666' }],
      },
    ]);
  });

  test.each([
    ['filled', 'https://brand.example/{clickid}/go?c={clickid}#x', /\/([0-9a-f]{32})\/go\?c=\1#x$/],
    ['joined', 'https://brand.example/go?a=1#top', /\/go\?a=1&clickid=[0-9a-f]{32}#top$/],
    [
      'ascii',
      'https://brand.example/добро',
      /\/%D0%B4%D0%BE%D0%B1%D1%80%D0%BE\?clickid=[0-9a-f]{32}$/,
    ],
    [
      'idn',
      'https://münchen.example/中',
      /^https:\/\/xn--mnchen-3ya\.example\/%E4%B8%AD\?clickid=/,
    ],
  ])('puts the click id where the landing URL wants it: %s', async (code, landingUrl, expected) => {
    await makeCampaign(code, landingUrl);
    const answer = await get(`/click?affid=101&campaign=${code}`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(expected);
  });

  test.each([
    ['an unknown affiliate', 'affid=999&campaign=2001', 404, 'no affiliate has the affid 999'],
    ['an unknown campaign', 'affid=101&campaign=9999', 404, 'no campaign has the code 9999'],
    ['no affiliate', 'campaign=2001', 400, 'affid'],
    ['no campaign', 'affid=101&campaign=', 400, 'campaign'],
    ['a code that is none', 'affid=101&campaign=%3Cscript%3E', 400, 'campaign'],
    ['nothing', '', 400, 'affid'],
  ])('refuses a visit with %s', async (_what, query, status, message) => {
    const before = await countRows('click');
    const answer = await get(`/click?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain(message);
    expect(answer.headers.get('location')).toBeNull();
    expect(await countRows('click')).toBe(before);
  });

  test('answers 410 for a paused affiliate and a paused campaign', async () => {
    await volley.admin.run(CREATE_AFFILIATE, { input: { affid: 'paused', name: 'Paused' } });
    await makeCampaign('stopped', 'https://brand.example/');
    await volley.sql(`UPDATE affiliate SET status = 'PAUSED' WHERE affid = 'paused'`);
    await volley.sql(`UPDATE campaign SET status = 'PAUSED' WHERE code = 'stopped'`);

    const affiliate = await get('/click?affid=paused&campaign=2001');
    const campaign = await get('/click?affid=101&campaign=stopped');
    expect([affiliate.status, campaign.status]).toEqual([410, 410]);
    expect(await affiliate.text()).toContain('paused');
  });

  test.each([
    'url=https://evil.example',
    'landingUrl=https://evil.example&redirect=//evil.example',
    'clickid=https://evil.example&%7Bclickid%7D=//evil.example',
    'x=%0d%0aLocation:%20https://evil.example',
    'affclickid=%0d%0aset-cookie:%20evil=1%0d%0a%0d%0a<script>evil</script>',
    'next=/\\evil.example&to=https:%252f%252fevil.example&u=%E3%80%82evil.example',
    '{clickid}=evil&affclickid={clickid}',
    '@evil.example',
    '#@evil.example/',
  ])('never redirects where a visitor says: %s', async (query) => {
    const answer = await get(`/click?affid=101&campaign=2001&${query}`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(
      /^https:\/\/brand\.example\/welcome\?clickid=[0-9a-f]{32}$/,
    );
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await answer.text()).toBe('');
  });

  test.each([
    ['a target with a host of its own', 'http://evil.example/click', {}],
    ['a host', '/click', { host: 'evil.example' }],
    ['a forwarded host', '/click', { 'x-forwarded-host': 'evil.example' }],
    ['a referrer', '/click', { referer: 'https://evil.example/', origin: 'https://evil.example' }],
    ['a rewritten URL', '/click', { 'x-original-url': '//evil.example' }],
  ])('nor where it says so by %s', async (_how, path, headers) => {
    const { hostname, port } = new URL(volley.url);
    const query = 'affid=101&campaign=2001';
    const sent = request({ hostname, port, path: `${path}?${query}`, headers }).end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    expect([answer.statusCode, answer.headers.location]).toEqual([
      302,
      expect.stringMatching(/^https:\/\/brand\.example\/welcome\?clickid=/),
    ]);
  });

  test('a landing URL that came into the table by other ways makes no header of its own', async () => {
    await makeCampaign('injected', 'https://brand.example/');
    await volley.sql(`UPDATE campaign SET landing_url = E'https://brand.example/\\r\\nset-cookie: evil=1'
      WHERE code = 'injected'`);
    const answer = await get('/click?affid=101&campaign=injected');
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([302, null]);
    expect(answer.headers.get('location')).toMatch(/^https:\/\/brand\.example\/set-cookie:/);
  });

  test.each([
    '/click//evil.example?affid=101&campaign=2001',
    '//evil.example/click?affid=101&campaign=2001',
    '/click/?affid=101&campaign=2001',
    '/Click?affid=101&campaign=2001',
  ])('is at its own path only: %s', async (path) => {
    const sent = request(volley.url, { path }).end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    expect([answer.statusCode, answer.headers.location]).toEqual([404, undefined]);
  });

  test('a HEAD request is no visit', async () => {
    const before = await countRows('click');
    const answer = await get(ENTRY_URL, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    expect(await countRows('click')).toBe(before);
  });
});

describe('/event', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/json; charset=UTF-8' };
  const bearer = () => ({ authorization: `Bearer ${integrationKey}` });
  const fields = (clickId: string, transaction: string) => ({
    clickid: clickId,
    event: 'FirstDeposit',
    amount: '50.00',
    currency: 'usd',
    transaction_id: transaction,
  });

  test.each([
    [
      'GET-with-key=',
      (all: Record<string, string>) =>
        get(`/event?${new URLSearchParams({ ...all, key: integrationKey })}`),
    ],
    [
      'GET-with-Bearer',
      (all: Record<string, string>) =>
        get(`/event?${new URLSearchParams(all)}`, { headers: bearer() }),
    ],
    [
      'POST-with-a-form',
      (all: Record<string, string>) =>
        get('/event', {
          method: 'POST',
          headers: { ...form, ...bearer() },
          body: new URLSearchParams(all).toString(),
        }),
    ],
    [
      'POST-with-JSON',
      (all: Record<string, string>) =>
        get('/event', {
          method: 'POST',
          headers: { ...json, ...bearer() },
          body: JSON.stringify(all),
        }),
    ],
    [
      'POST-with-a-query',
      (all: Record<string, string>) =>
        get(`/event?${new URLSearchParams(all)}`, { method: 'POST', headers: bearer() }),
    ],
  ])('%s records the event and tells a repeated one', async (how, send) => {
    const clickId = await seedClick(volley.admin);
    const first = await send(fields(clickId, how));
    const again = await send(fields(clickId, how));

    const answer = (await first.json()) as { event: { id: string }; postbacks: { id: string }[] };
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(answer).toEqual({
      event: {
        id: expect.any(String),
        type: 'FirstDeposit',
        status: 'APPROVED',
        revision: 1,
        amount: '50',
        currency: 'USD',
        payout: null,
        payoutCurrency: null,
        customerId: null,
        transactionId: how,
        clickId,
        unattributed: null,
      },
      duplicate: false,
      postbacks: [
        { id: expect.any(String), status: 'SCHEDULED', reason: null, dueAt: expect.any(String) },
      ],
    });
    expect(await again.json()).toEqual({ ...answer, duplicate: true });
    const { postbacks } = await volley.admin.run(POSTBACKS, { where: { clickId } });
    expect(postbacks.nodes.map(({ id }) => id)).toEqual(answer.postbacks.map(({ id }) => id));
    const node = await volley.admin.ask('query($id: ID!) { node(id: $id) { __typename } }', {
      id: answer.event.id,
    });
    expect(node.data).toEqual({ node: { __typename: 'Event' } });
  });

  test.each([
    ['unknown', '0'.repeat(32), 'CLICK_UNKNOWN'],
    ['malformed', 'no-click', 'CLICK_MALFORMED'],
    ['missing', '', 'CLICK_MISSING'],
  ])('an event of an %s click is stored and says so', async (_what, clickid, unattributed) => {
    const answer = await get(`/event?clickid=${clickid}&event=Sale&key=${integrationKey}`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ event: { unattributed }, postbacks: [] });
  });

  test('reads other statuses and times as the mutation does', async () => {
    const query = `event=Sale&status=pending&occurred_at=2026-11-22T10:00:00%2B02:00`;
    const answer = await get(`/event?${query}&key=${integrationKey}`);
    const seconds = await get(`/event?event=Sale&occurred_at=1700000000&key=${integrationKey}`);
    expect(await answer.json()).toMatchObject({ event: { status: 'PENDING' } });
    expect(seconds.status).toBe(200);
    const times = await volley.sql(
      `SELECT occurred_at FROM event WHERE type = 'Sale' ORDER BY id DESC LIMIT 2`,
    );
    expect(times.map((row) => row.occurred_at)).toEqual([
      new Date('2023-11-14T22:13:20Z'),
      new Date('2026-11-22T08:00:00Z'),
    ]);
  });

  test.each([
    ['an unknown event type', 'event=Nothing', 'event'],
    ['no event type', 'amount=5', 'event'],
    ['an amount with a comma', 'event=Sale&amount=50,00', 'amount'],
    ['an amount in scientific notation', 'event=Sale&amount=1e5', 'amount'],
    ['no ISO 4217 code', 'event=Sale&currency=DOLLAR', 'currency'],
    ['a status that is none', 'event=Sale&status=maybe', 'status'],
    ['a time without an offset', 'event=Sale&occurred_at=2026-11-22T12:00:00', 'occurred_at'],
    ['a day that is none', 'event=Sale&occurred_at=2026-02-30T12:00:00Z', 'occurred_at'],
    ['a time that is none', 'event=Sale&occurred_at=yesterday', 'occurred_at'],
    ['a NUL character', 'event=Sale&transaction_id=a%00b', 'transaction_id'],
    ['a click id of 129 characters', `event=Sale&clickid=${'a'.repeat(129)}`, 'clickid'],
  ])('refuses %s with 400 and the name in the URL', async (_what, query, path) => {
    const before = await countRows('event');
    const answer = await get(`/event?${query}&key=${integrationKey}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: expect.any(String),
      issues: [{ path: [path], message: expect.any(String) }],
    });
    expect(await countRows('event')).toBe(before);
  });

  test('tells everything that is wrong at once, under the names in the URL', async () => {
    const wrong = 'event=FirstDeposits&amount=abc&currency=DOLLAR&status=foo&occurred_at=noon';
    const answer = await get(`/event?${wrong}&key=${integrationKey}`);
    const { issues } = (await answer.json()) as { issues: { path: string[]; message: string }[] };
    expect([answer.status, issues.map(({ path }) => path[0]).sort()]).toEqual([
      400,
      ['amount', 'currency', 'event', 'occurred_at', 'status'],
    ]);
    expect(issues.find(({ path }) => path[0] === 'status')?.message).toContain('it was "foo"');
    expect((await get(`/event?${wrong}`)).status).toBe(401);

    const body = '{"event":"Sale","amount":50,"clickid":1}';
    const numbers = await get('/event', {
      method: 'POST',
      headers: { ...json, ...bearer() },
      body,
    });
    expect(await numbers.json()).toMatchObject({
      issues: [{ path: ['amount'] }, { path: ['clickid'] }],
    });
  });

  test.each([
    ['a JSON number', json, '{"event":"Sale","amount":50}', /JSON string/],
    [
      'a click id as a JSON number',
      json,
      '{"event":"Sale","clickid":1122223444455565666}',
      /digit/,
    ],
    ['malformed JSON', json, '{"event":', /JSON/],
    ['a JSON list', json, '["Sale"]', /object/],
    ['a JSON null', json, 'null', /object/],
    ['another kind of body', { 'content-type': 'text/xml' }, '<event/>', /application\/json/],
  ])('refuses %s with 400', async (_what, headers, body, message) => {
    const init = { method: 'POST', headers: { ...headers, ...bearer() }, body };
    const answer = await get('/event', init);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toMatch(message);
  });

  test('refuses a missing or wrong key with 401 and one of another role with 403', async () => {
    const send = (query: string, authorization?: string) =>
      get(`/event?event=Sale&${query}`, { headers: authorization ? { authorization } : {} });
    const before = await countRows('event');
    const answers = await Promise.all([
      send(''),
      send('key='),
      send('key=vly_unknown'),
      send('', 'Bearer vly_unknown'),
      send('', 'Basic YTpi'),
      send(`key=${ADMIN_KEY}`),
      send(`key=${viewerKey}`),
      send('', `Bearer ${viewerKey}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 403, 403, 403]);
    for (const answer of answers) {
      expect(await answer.json()).toEqual({ error: expect.any(String) });
    }
    expect(await countRows('event')).toBe(before);
    expect((await send('', `Bearer ${ADMIN_KEY}`)).status).toBe(200);
  });

  test('a HEAD request reports nothing', async () => {
    const before = await countRows('event');
    const answer = await get(`/event?event=Sale&key=${integrationKey}`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(await countRows('event')).toBe(before);
  });
});

describe('/health, /ready and /metrics', () => {
  test.each([
    ['/health', { status: 'ok' }],
    ['/ready', { ready: true }],
  ])('%s answers without a key', async (path, body) => {
    const answer = await get(path);
    expect([answer.status, await answer.json()]).toEqual([200, body]);
    expect((await get(path, { method: 'HEAD' })).status).toBe(200);
  });

  test('/metrics are the service’s own and those of the process', async () => {
    const answer = await get('/metrics');
    const names = [...(await answer.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(names.filter((name) => !/^(volley|process|nodejs)_/.test(name ?? ''))).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining([
        'volley_clicks_total',
        'volley_events_total',
        'volley_postback_attempts_total',
        'process_cpu_seconds_total',
      ]),
    );
  });
});

describe('what is not there', () => {
  test.each(['/nothing', '/graphql/', '/click/x', '/health/'])('%s is 404', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: `there is nothing at ${path}` });
  });

  test.each([
    ['/click', 'POST', 'GET'],
    ['/event', 'PUT', 'GET, POST'],
    ['/health', 'POST', 'GET, HEAD'],
    ['/ready', 'DELETE', 'GET, HEAD'],
    ['/metrics', 'POST', 'GET, HEAD'],
    ['/graphql', 'PUT', 'GET, POST'],
    ['/graphql', 'DELETE', 'GET, POST'],
  ])('%s by %s is 405 with Allow: %3$s', async (path, method, allow) => {
    const answer = await get(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });
});

describe('/graphql', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    volley.admin.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  test.each([
    ['malformed JSON', '{"query":', 'application/json', 400, /JSON/],
    ['an empty body', '', 'application/json', 400, /./],
    ['a JSON list', '[{"query":"{__typename}"}]', 'application/json', 400, /batch/i],
    ['a JSON string', '"{__typename}"', 'application/json', 400, /./],
    ['no query', '{}', 'application/json', 200, /query/],
    ['a query that is a number', '{"query":5}', 'application/json', 400, /./],
    [
      'variables that are no object',
      '{"query":"{__typename}","variables":"x"}',
      'application/json',
      400,
      /variables/i,
    ],
    ['XML', '<a/>', 'text/xml', 415, /^/],
  ])('refuses %s readably', async (_what, body, type, status, message) => {
    const answer = await post(body, { 'content-type': type });
    const text = await answer.text();
    expect([answer.status, text]).toEqual([status, expect.stringMatching(message)]);
    expect(text).not.toContain('Unexpected error');
  });

  test('a wrong key is 401 with a reason, whatever is asked', async () => {
    const answer = await volley.as('vly_wrong').fetch('/graphql?query={__typename}');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test('mutations are not done by GET', async () => {
    const query = 'mutation { createOffer(input: { code: "by-get", name: "x" }) { __typename } }';
    const answer = await volley.admin.fetch(`/graphql?query=${encodeURIComponent(query)}`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await volley.sql(`SELECT 1 FROM offer WHERE code = 'by-get'`)).toEqual([]);
  });

  test('the page has ready-made operations and asks no other host for anything', async () => {
    const page = await get('/graphql', { headers: { accept: 'text/html' } });
    const html = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(html).toContain('FirstDeposit');
    expect(html).toContain('subscription Live');
    const assets = [...html.matchAll(/(?:src|href)\s*=\s*["']?([^"'\s>]+)/g)].map(([, url]) => url);
    expect(assets.filter((url) => /^(https?:)?\/\//.test(url ?? ''))).toEqual([]);
  });

  test('the ready-made operations are valid', async () => {
    const { EXAMPLES } = await import('../../src/http/graphiql-examples.ts');
    const ask = (operationName: string, variables: object = {}) =>
      post(JSON.stringify({ query: EXAMPLES, operationName, variables })).then((it) => it.json());
    for (const name of ['WhoAmI', 'Report', 'Stats', 'Preview', 'Visit']) {
      expect(await ask(name)).not.toHaveProperty('errors');
    }
    const clickId = await seedClick(volley.admin);
    expect(await ask('Report50Dollars', { clickId })).toMatchObject({
      data: { recordEvent: { duplicate: false } },
    });
  });
});

describe('what Node itself refuses', () => {
  /** Sends text as it is; answers the status, the JSON and that the connection ended. */
  async function sendRaw(text: string, to = volley.url) {
    const { hostname, port } = new URL(to);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece;
    });
    socket.on('error', () => {});
    socket.write(text);
    await once(socket, 'end');
    socket.destroy();
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, ...JSON.parse(body) };
  }

  test.each([
    ['a click of 400,000 characters', `GET /click?a=${'x'.repeat(400_000)} HTTP/1.1\r\n\r\n`],
    [
      'headers of 200 KiB',
      `GET / HTTP/1.1\r\nhost: a\r\nx-large: ${'x'.repeat(200 * 1024)}\r\n\r\n`,
    ],
  ])('%s is 431 with the number', async (_what, text) => {
    const { status, head, error } = await sendRaw(text);
    expect([status, error]).toEqual([431, expect.stringContaining('184320 bytes (180 KiB)')]);
    expect(head).toContain('content-type: application/json');
    expect(head).toContain('connection: close');
  });

  test('a URL that is too long reads well to an ordinary client too', async () => {
    const answer = await get(`/click?affid=101&campaign=2001&a=${'x'.repeat(300_000)}`);
    expect([answer.status, await answer.json()]).toEqual([431, { error: expect.any(String) }]);
  });

  test('a click beyond 160 KiB whose headers are read is 400 with the number', async () => {
    const answer = await get(`/click?affid=101&campaign=2001&a=${'x'.repeat(163_840)}`);
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('163840 at most are allowed'),
    ]);
  });

  test('what is no HTTP is 400, and in the middle of an answer it ends the connection', async () => {
    expect(await sendRaw('hello there\r\n\r\n')).toMatchObject({
      status: 400,
      error: expect.stringContaining('HTTP'),
    });
    const two = `GET /ready HTTP/1.1\r\nhost: a\r\n\r\nhello there\r\n\r\n`;
    const { hostname, port } = new URL(volley.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(two);
    await once(socket.resume(), 'close');
  });

  test('headers that drip in are 408, however large they may become', async () => {
    await using server = createHttpServer({
      ...{ api: null, headersMs: 250, log: createLog('silent') },
      ...{ notReady: async () => null, ailment: () => null },
      ...{ clientAddress: () => null, makeRequestId: () => 'request-1', headers: {} },
      cors: { allows: () => true, tell: () => {} },
      metrics: async () => ({ contentType: 'text/plain', body: '' }),
    });
    const port = await listen(server, 0, '127.0.0.1');
    const begun = `GET / HTTP/1.1\r\nhost: a\r\nx-slow: ${'x'.repeat(100_000)}`;

    const answer = await sendRaw(begun, `http://127.0.0.1:${port}`);

    expect(answer).toMatchObject({ status: 408, error: expect.stringContaining('too long') });
  });
});

describe('the largest body', () => {
  const LIMIT = 2 * 1024 * 1024;
  const padded = (bytes: number) => {
    const empty = JSON.stringify({ query: '{ __typename }', padding: '' });
    return JSON.stringify({ query: '{ __typename }', padding: 'x'.repeat(bytes - empty.length) });
  };

  /** Sends a body in pieces, with or without saying its length first. */
  async function send(path: string, body: string, isChunked: boolean) {
    const sent = request(`${volley.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(!isChunked && { 'content-length': body.length }),
      },
    });
    const answered = once(sent, 'response');
    for (let at = 0; at < body.length; at += 64 * 1024) sent.write(body.slice(at, at + 64 * 1024));
    sent.end();
    const [response] = await answered;
    let text = '';
    for await (const piece of response) text += piece;
    return { status: response.statusCode, text };
  }

  describe.each([
    ['with its length', false],
    ['chunked', true],
  ] as const)('%s', (_how, isChunked) => {
    test.each(['/graphql', '/event'])('%s refuses 2 MiB + 1 with 413', async (path) => {
      const answer = await send(path, padded(LIMIT + 1), isChunked);
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text).error).toContain('2097152 bytes');
    });

    test('2 MiB are read', async () => {
      const graphql = await send('/graphql', padded(LIMIT), isChunked);
      expect(graphql.status).not.toBe(413);
      const event = JSON.stringify({ event: 'Sale', padding: '' });
      const padding = 'x'.repeat(LIMIT - event.length);
      const answer = await send('/event', JSON.stringify({ event: 'Sale', padding }), isChunked);
      expect(answer.status).toBe(200);
    });

    test('who reads only after sending everything still reads why it was refused', async () => {
      const body = padded(4 * LIMIT);
      const framing = isChunked
        ? ['transfer-encoding: chunked', `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`]
        : [`content-length: ${body.length}`, body];
      const socket = connect(Number(new URL(volley.url).port), '127.0.0.1').pause();
      const head = `POST /event HTTP/1.1\r\nhost: volley\r\ncontent-type: application/json\r\n`;
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.write(`${head}${framing[0]}\r\n\r\n${framing[1]}`, () => resolve());
      });
      const [answer] = await once(socket.resume(), 'data');
      socket.destroy();
      expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    });
  });
});
