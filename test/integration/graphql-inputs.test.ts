import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { expectType } from '../support/api.ts';
import { makeApp, type TestApp } from '../support/make-app.ts';
import {
  CREATE_API_KEY,
  POSTBACKS,
  RECORD_CLICK,
  RECORD_EVENT,
  RECORD_EVENTS,
} from '../support/operations.ts';
import { ENTRY_URL, seedClick, seedPixel, seedReference } from '../support/seed.ts';

let volley: TestApp;
let seeded: Awaited<ReturnType<typeof seedReference>>;
let pixelId: string;
let clickId: string;

beforeAll(async () => {
  volley = await makeApp({ VOLLEY_ALLOW_TARGETS: '' });
  seeded = await seedReference(volley.admin);
  clickId = await seedClick(volley.admin);
  pixelId = await seedPixel(volley.admin, { ...pixel(), triggerEvent: 'Install' });
});
afterAll(() => volley[Symbol.asyncDispose]());

const NUL = 'a\u0000b';
const LONE = 'a\ud800b';
const TEMPLATE = 'https://affiliate.example/postback?a={amount}';
const pixel = (url = TEMPLATE) => ({
  affiliateId: seeded.affiliateId,
  url,
  triggerEvent: 'FirstDeposit',
});
const globalId = (type: string, row: string = crypto.randomUUID()) =>
  Buffer.from(`${type}:${row}`).toString('base64');

type Refusal = {
  __typename: string;
  message?: string;
  issues?: { path: string[]; message: string }[];
};

/** Runs a mutation by name; answers what its union holds. */
async function mutate(mutation: string, input: object): Promise<Refusal> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { result: ${mutation}(input: $input) {
    __typename ... on Error { message } ... on InvalidInputError { issues { path message } } } }`;
  const answer = await volley.admin.ask(query, { input });
  if (!answer.data) throw new Error(JSON.stringify(answer));
  return (answer.data as unknown as { result: Refusal }).result;
}

const TABLES = [
  'affiliate',
  'offer',
  'campaign',
  'integration',
  'event_type',
  'tracking_link',
  'click',
];
const MORE_TABLES = ['event', 'event_head', 'pixel', 'pixel_version', 'postback', 'api_key'];

/** Everything there is, to show that a refusal wrote nothing. */
async function countAll(): Promise<unknown> {
  const counts = [...TABLES, ...MORE_TABLES].map(
    (table) => `(SELECT count(*) FROM ${table})::int AS "${table}"`,
  );
  return volley.sql(`SELECT ${counts.join(', ')}, (SELECT max(version) FROM pixel) AS version`);
}

type Case = [what: string, mutation: string, input: () => object, path: string, message: RegExp];

const name = 'Name';
const cases: Case[] = [
  ...['', 'a b', 'é', 'x'.repeat(65), 'a/b', NUL, LONE, '101\n'].flatMap((code): Case[] => [
    ['code', 'createAffiliate', () => ({ affid: code, name }), 'affid', /1 to 64 characters/],
    ['code', 'createOffer', () => ({ code, name }), 'code', /1 to 64 characters/],
    ['code', 'createEventType', () => ({ code, name }), 'code', /1 to 64 characters/],
  ]),
  ...(
    [
      ['', /must not be empty/],
      ['x'.repeat(201), /201 characters, 200/],
      [NUL, /NUL/],
      [LONE, /surrogate/],
    ] as const
  ).flatMap(([text, message]): Case[] => [
    ['name', 'createAffiliate', () => ({ affid: 'new', name: text }), 'name', message],
    ['name', 'createOffer', () => ({ code: 'new', name: text }), 'name', message],
    ['name', 'createIntegration', () => ({ name: text }), 'name', message],
    ['name', 'createEventType', () => ({ code: 'new', name: text }), 'name', message],
  ]),
  [
    'key name',
    'createApiKey',
    () => ({ name: 'x'.repeat(101), role: 'VIEWER' }),
    'name',
    /101.*100/,
  ],
  ['key owner', 'createApiKey', () => ({ name, role: 'AFFILIATE' }), 'affiliateId', /needs it/],
  [
    'key owner of another role',
    'createApiKey',
    () => ({ name, role: 'VIEWER', affiliateId: seeded.affiliateId }),
    'affiliateId',
    /only for keys of role AFFILIATE/,
  ],
  [
    'key that is over',
    'createApiKey',
    () => ({ name, role: 'VIEWER', expiresAt: '2020-01-01T00:00:00Z' }),
    'expiresAt',
    /future/,
  ],
  ...[4, 301, 0, -5].map(
    (delaySeconds): Case => [
      'delay',
      'createIntegration',
      () => ({ name: `delay ${delaySeconds}`, delaySeconds }),
      'delaySeconds',
      new RegExp(`5 to 300.*${delaySeconds}`),
    ],
  ),
  ...[
    'brand.example',
    'ftp://brand.example',
    'https://',
    '//brand.example',
    'javascript:alert(1)',
    'https://{clickid}.example/',
    'https://brand.example/a b',
    NUL,
  ].map(
    (landingUrl): Case => [
      'landing URL',
      'createCampaign',
      () => ({ code: 'new', name, offerId: seeded.offerId, landingUrl }),
      'landingUrl',
      /http|NUL/,
    ],
  ),
  ...(
    [
      ['clickid', 'x', 'parameters.0.name', /reserved/],
      ['ClickId', 'x', 'parameters.0.name', /reserved/],
      ['affid', 'x', 'parameters.0.name', /set by the link/],
      ['', 'x', 'parameters.0.name', /A-Z/],
      ['a b', 'x', 'parameters.0.name', /A-Z/],
      ['x'.repeat(65), 'x', 'parameters.0.name', /65 characters, 64/],
      ['x', 'x'.repeat(1025), 'parameters.0.value', /1025 characters, 1024/],
      ['x', NUL, 'parameters.0.value', /NUL/],
      ['x', LONE, 'parameters.0.value', /well-formed/],
    ] as const
  ).map(
    ([parameter, value, path, message]): Case => [
      'link parameter',
      'createTrackingLink',
      () => ({ ...link(), parameters: [{ name: parameter, value }] }),
      path,
      message,
    ],
  ),
  [
    '51 link parameters',
    'createTrackingLink',
    () => ({
      ...link(),
      parameters: Array.from({ length: 51 }, (_, at) => ({ name: `p${at}`, value: '' })),
    }),
    'parameters',
    /51 parameters given, 50/,
  ],
  ...(
    [
      ['1e5', /decimal/],
      ['.5', /decimal/],
      ['5.', /decimal/],
      ['50,00', /decimal/],
      ['1 000', /decimal/],
      ['+5', /decimal/],
      ['0x10', /decimal/],
      ['NaN', /decimal/],
      ['', /decimal/],
      [NUL, /decimal/],
      ['٥٠', /decimal/],
      ['1'.repeat(21), /21 digits before.*20 before/],
      [`0.${'1'.repeat(11)}`, /11 after.*10 after/],
    ] as const
  ).map(
    ([amount, message]): Case => [
      'amount',
      'recordEvent',
      () => ({ ...report(), amount }),
      'amount',
      message,
    ],
  ),
  ...['US', 'USDT', 'XXX', 'ZZZ', '', '840', LONE].map(
    (currency): Case => [
      'currency',
      'recordEvent',
      () => ({ ...report(), currency }),
      'currency',
      /ISO 4217/,
    ],
  ),
  [
    'event type',
    'recordEvent',
    () => ({ ...report(), type: 'firstdeposit' }),
    'type',
    /no event type/,
  ],
  ['event type', 'recordEvent', () => ({ ...report(), type: NUL }), 'type', /1 to 64/],
  [
    'click id',
    'recordEvent',
    () => ({ ...report(), clickId: 'x'.repeat(129) }),
    'clickId',
    /129.*128/,
  ],
  ['click id', 'recordEvent', () => ({ ...report(), clickId: NUL }), 'clickId', /NUL/],
  [
    'transaction',
    'recordEvent',
    () => ({ ...report(), transactionId: 'x'.repeat(256) }),
    'transactionId',
    /256.*255/,
  ],
  [
    'transaction',
    'recordEvent',
    () => ({ ...report(), transactionId: '' }),
    'transactionId',
    /empty/,
  ],
  [
    'transaction',
    'recordEvent',
    () => ({ ...report(), transactionId: LONE }),
    'transactionId',
    /surrogate/,
  ],
  ['no events', 'recordEvents', () => ({ events: [] }), 'events', /1 to 500.*0/],
  [
    '501 events',
    'recordEvents',
    () => ({ events: Array(501).fill(report()) }),
    'events',
    /1 to 500.*501/,
  ],
  ...[
    '',
    'nothing',
    '/clack?affid=101&campaign=2001',
    'javascript:/click?affid=101',
    `/click?affid=101&campaign=2001&a=${NUL}`,
    `/click?affid=101&campaign=2001&a=${LONE}`,
  ].map(
    (entryUrl): Case => ['entry URL', 'recordClick', () => ({ entryUrl }), 'entryUrl', /entry URL/],
  ),
  [
    'entry URL',
    'recordClick',
    () => ({ entryUrl: `/click?a=${'x'.repeat(163_840)}` }),
    'entryUrl',
    /163849 characters, 163840/,
  ],
  ...(
    [
      ['https://affiliate.example/static', /placeholder/],
      ['https://{host}.example/?a={amount}', /host|placeholder/],
      ['https://affiliate.example:{port}/?a={amount}', /port|placeholder/],
      ['{scheme}://affiliate.example/?a={amount}', /scheme/],
      ['https://affiliate.example/postback&a={amount}', /\?/],
      ['ftp://affiliate.example/?a={amount}', /http/],
      ['affiliate.example/?a={amount}', /http/],
      ['https://user:password@affiliate.example/?a={amount}', /user/],
      ['https://affiliate.example/?a={amount}#part', /#|fragment/],
      ['https://affiliate.example/?a={amount', /brace|\{/],
      ['https://affiliate.example/?a={amount|nothing}', /modifier/],
      ['https://affiliate.example/ a?a={amount}', /space/],
      [`https://affiliate.example/?a={amount}${NUL}`, /control/],
      [`https://affiliate.example/?a={amount}${LONE}`, /well-formed/],
      [`https://affiliate.example/?a={amount}&b=${'x'.repeat(2048)}`, /2088 characters, 2048/],
      ['http://127.0.0.1/?a={amount}', /./],
      ['http://localhost/?a={amount}', /./],
      ['http://[::1]/?a={amount}', /./],
      ['http://10.1.2.3/?a={amount}', /./],
      ['http://2130706433/?a={amount}', /./],
      ['http://0x7f.1/?a={amount}', /./],
      ['http://[::ffff:127.0.0.1]/?a={amount}', /./],
      ['http://169.254.169.254/?a={amount}', /./],
      ['https://affiliate.example:22/?a={amount}', /22/],
      ['https://affiliate.example:6379/?a={amount}', /6379/],
    ] as const
  ).flatMap(([url, message]): Case[] => [
    ['template', 'createPixel', () => pixel(url), 'url', message],
    ['template', 'updatePixel', () => ({ pixelId, url }), 'url', message],
  ]),
  ...(
    [
      [{ maxAttempts: 0 }, 'maxAttempts', /1 to 12.*0/],
      [{ maxAttempts: 13 }, 'maxAttempts', /1 to 12.*13/],
      [{ maxClickAgeSeconds: 0 }, 'maxClickAgeSeconds', /1 to .*0/],
      [{ scope: 'SPECIFIC_CAMPAIGNS' }, 'campaignIds', /at least one/],
      [{ scope: 'SPECIFIC_CAMPAIGNS', campaignIds: [] }, 'campaignIds', /at least one/],
      [{ triggerEvent: 'Nothing' }, 'triggerEvent', /no event type/],
      [{ triggerEvent: LONE }, 'triggerEvent', /1 to 64/],
      [{ statuses: [] }, 'statuses', /at least one/],
      [{ body: 'a={amount}' }, 'body', /GET/],
      [{ method: 'POST', body: 'x'.repeat(16_385) }, 'body', /16385 characters, 16384/],
      [{ method: 'POST', body: NUL }, 'body', /NUL/],
      [{ required: ['x'.repeat(65)] }, 'required.0', /65 characters, 64/],
      [
        { required: ['affclickid', 'x{y}'] },
        'required.1',
        /name of one placeholder.*it was "x{y}"/,
      ],
      [{ required: ['{affclickid}'] }, 'required.0', /without braces/],
      [{ required: ['amount|fixed:2'] }, 'required.0', /without braces and modifiers/],
      [{ required: ['1st'] }, 'required.0', /name of one placeholder/],
      [{ url: 'https://affiliate.example/{signature}' }, 'url', /query only/],
      [{ method: 'POST', body: 's={signature}' }, 'body', /query only/],
      [{ required: Array(51).fill('a') }, 'required', /50/],
      [{ signed: true }, 'signed', /set VOLLEY_ENCRYPTION_KEYS/],
      [{ url: 'https://affiliate.example/?s={sig}' }, 'url', /set signed: true/],
      [{ maxPerSecond: 0 }, 'maxPerSecond', /1 to 10,?000|at least 1|>=1/],
      [{ maxPerSecond: 10_001 }, 'maxPerSecond', /10,?000/],
    ] as const
  ).flatMap(([policy, path, message]): Case[] => [
    ['policy', 'createPixel', () => ({ ...pixel(), ...policy }), path, message],
    ['policy', 'updatePixel', () => ({ pixelId, ...policy }), path, message],
  ]),
];

const link = () => ({ affiliateId: seeded.affiliateId, campaignId: seeded.campaignId });
const report = () => ({ clickId, type: 'FirstDeposit' });

describe('what breaks a limit or a format', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await countAll();
  });

  test.each(cases.map((row, at) => ({ title: `${row[1]}, ${row[0]} (${at})`, row })))(
    '$title is an InvalidInputError that says which field and why',
    async ({ row: [, mutation, input, path, message] }) => {
      const result = await mutate(mutation, input());
      expect(result.__typename).toBe('InvalidInputError');
      expect(result.issues).toContainEqual({
        path: path.split('.'),
        message: expect.stringMatching(message),
      });
    },
  );

  test('wrote nothing', async () => {
    expect(await countAll()).toEqual(before);
  });
});

describe('a template that is refused tells the fix once, and only one that is accepted', () => {
  test.each([
    ['affiliate.example/postback&a={amount}#top', 'https://affiliate.example/postback?a={amount}'],
    ['javascript:{amount}', undefined],
    ['{affclickid}', undefined],
    ['localhost/?a={amount}', undefined],
  ])('%s', async (url, fix) => {
    const told = (await mutate('createPixel', pixel(url))).issues?.map(({ message }) => message);
    const offered = [...(told?.join('\n') ?? '').matchAll(/(?:write|try) (https:\S+)/g)];

    expect(offered.map(([, it]) => it)).toEqual(fix ? [fix] : []);
    if (fix) expect((await mutate('createPixel', pixel(fix))).__typename).toMatch(/Payload$/);
  });

  test('spaces around a bar are read as none, and the pixel says so', async () => {
    const id = await seedPixel(
      volley.admin,
      pixel('https://affiliate.example/?a={amount |fixed:2}'),
    );
    const { data } = await volley.admin.ask(
      'query($id: ID!) { node(id: $id) { ... on Pixel { url exampleUrl warnings } } }',
      { id },
    );
    expect(data).toEqual({
      node: {
        url: 'https://affiliate.example/?a={amount |fixed:2}',
        exampleUrl: 'https://affiliate.example/?a=50.00',
        warnings: ['{amount |fixed:2} at position 30 is read as {amount|fixed:2}'],
      },
    });
  });
});

describe('what is just within', () => {
  test.each<[string, () => object]>([
    ['createAffiliate', () => ({ affid: 'A.z_-9'.padEnd(64, 'x'), name: 'x'.repeat(200) })],
    ['createIntegration', () => ({ name: 'five', delaySeconds: 5 })],
    ['createIntegration', () => ({ name: 'most', delaySeconds: 300 })],
    ['createPixel', () => ({ ...pixel(), maxAttempts: 1 })],
    ['createPixel', () => ({ ...pixel(), maxAttempts: 12, signed: false, maxPerSecond: null })],
    ['createPixel', () => pixel(TEMPLATE.padEnd(2048, 'x'))],
    ['recordEvent', () => ({ ...report(), amount: `${'9'.repeat(20)}.${'9'.repeat(10)}` })],
    ['recordEvent', () => ({ ...report(), amount: '-0.0000000001', currency: 'eur' })],
    ['recordEvent', () => ({ ...report(), transactionId: 'x'.repeat(255) })],
    ['recordEvents', () => ({ events: Array(500).fill({ ...report(), type: 'Lead' }) })],
    [
      'createTrackingLink',
      () => ({
        ...link(),
        parameters: Array.from({ length: 50 }, (_, at) => ({
          name: `p${at}`.padEnd(64, 'x'),
          value: 'x'.repeat(1024),
        })),
      }),
    ],
  ])('%s is done', async (mutation, input) => {
    const { __typename } = await mutate(mutation, input());
    expect(__typename).toBe(`${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`);
  });
});

describe('ids that name nothing', () => {
  const wrong = [
    ['of another type', () => seeded.offerId],
    ['of a row that is not there', null],
    ['garbage', () => 'garbage'],
    ['empty', () => ''],
    ['a number', () => '17'],
    ['a NUL character', () => globalId('Pixel', NUL)],
    ['half a surrogate pair', () => LONE],
    ['very long', () => 'x'.repeat(100_000)],
  ] as const;
  const fields: [mutation: string, type: string, input: (id: string) => object][] = [
    ['createAffiliate', 'Affiliate', (parentId) => ({ affid: 'new', name, parentId })],
    [
      'createCampaign',
      'Offer',
      (offerId) => ({ code: 'new', name, offerId, landingUrl: 'https://brand.example' }),
    ],
    ['createTrackingLink', 'Affiliate', (affiliateId) => ({ ...link(), affiliateId })],
    ['createTrackingLink', 'Campaign', (id) => ({ ...link(), campaignId: id })],
    ['createPixel', 'Affiliate', (affiliateId) => ({ ...pixel(), affiliateId })],
    [
      'createPixel',
      'Campaign',
      (id) => ({ ...pixel(), scope: 'SPECIFIC_CAMPAIGNS', campaignIds: [id] }),
    ],
    ['updatePixel', 'Pixel', (id) => ({ pixelId: id, unresolved: 'SKIP' })],
    [
      'updatePixel',
      'Campaign',
      (id) => ({ pixelId, scope: 'SPECIFIC_CAMPAIGNS', campaignIds: [id] }),
    ],
    ['pausePixel', 'Pixel', (id) => ({ pixelId: id })],
    ['resumePixel', 'Pixel', (id) => ({ pixelId: id })],
    ['deletePixel', 'Pixel', (id) => ({ pixelId: id })],
    ['testPixel', 'Pixel', (id) => ({ pixelId: id })],
    ['recordEvent', 'Integration', (integrationId) => ({ ...report(), integrationId })],
    ['replayPostback', 'Postback', (postbackId) => ({ postbackId })],
    ['cancelPostback', 'Postback', (postbackId) => ({ postbackId })],
    ['createApiKey', 'Affiliate', (id) => ({ name, role: 'AFFILIATE', affiliateId: id })],
    ['createApiKey', 'Integration', (id) => ({ name, role: 'INTEGRATION', integrationId: id })],
    ['rotateApiKey', 'ApiKey', (apiKeyId) => ({ apiKeyId })],
    ['revokeApiKey', 'ApiKey', (apiKeyId) => ({ apiKeyId })],
  ];

  test.each(fields)('%s refuses every wrong id of a %s', async (mutation, type, input) => {
    const before = await countAll();
    for (const [what, wrongId] of wrong) {
      const asked =
        type === 'Offer' && what === 'of another type'
          ? seeded.affiliateId
          : (wrongId?.() ?? globalId(type));
      const { __typename } = await mutate(mutation, input(asked));
      // An empty owner counts as none, which a key of that role needs; an empty option as left out.
      const isLeftOut =
        asked === '' && /^(createAffiliate|createApiKey|recordEvent)$/.test(mutation);
      if (!isLeftOut) expect([what, __typename]).toEqual([what, 'NotFoundError']);
    }
    if (!/^(createAffiliate|recordEvent)$/.test(mutation)) expect(await countAll()).toEqual(before);
  });
});

describe('questions that cannot be answered', () => {
  const lists = [
    ...['affiliates', 'pixels', 'clicks', 'events', 'postbacks', 'jobs', 'destinations'],
    ...['offers', 'campaigns', 'integrations', 'eventTypes', 'trackingLinks'],
  ];
  const cursor = (text: string) => Buffer.from(text).toString('base64');
  const pages = [
    ['first: 101', /100.*101/],
    ['last: 101', /100.*101/],
    ['first: -1', /-1|non-negative/],
    ['first: 1, last: 2', /"first" or "last", not both; they were 1 and 2/],
    ['after: "garbage"', /cursor/],
    ['after: ""', /cursor/],
    ['before: "R1BD"', /cursor/],
    [`after: "${cursor('GPC:S:nothing')}"`, /cursor/],
    [`after: "${cursor('GPC:N:5')}"`, /cursor/],
    [`after: "${cursor("GPC:S:' OR 1=1")}"`, /cursor/],
  ] as const;

  test.each(lists)('%s: a page or cursor that is none', async (list) => {
    for (const [page, message] of pages)
      await refuses(`{ ${list}(${page}) { nodes { id } } }`, message);
  });

  test('nested pages and cursors are checked too', async () => {
    await volley.admin.run(RECORD_EVENT, { input: report() });
    for (const [page, message] of pages) {
      await refuses(`{ affiliate(affid: "101") { pixels(${page}) { nodes { id } } } }`, message);
      await refuses(
        `{ affiliate(affid: "101") { trackingLinks(${page}) { nodes { id } } } }`,
        message,
      );
      await refuses(`{ events { nodes { postbacks(${page}) { nodes { id } } } } }`, message);
      await refuses(`{ postbacks { nodes { attempts(${page}) { nodes { number } } } } }`, message);
    }
  });

  test.each([
    '2026-11-22T12:00:00',
    '2026-11-22',
    'now',
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-14:00',
    '2026-11-22T25:00:00Z',
  ])('a time that is none: %s', async (time) => {
    await refuses(`{ clicks(where: { from: "${time}" }) { nodes { id } } }`, /ISO 8601/);
    const query = 'query($time: DateTime) { postbackStats(where: { to: $time }) { total } }';
    await refuses(query, /ISO 8601/, { time });
  });

  test.each(['Nowhere/City', '', '+01:00', 'UTC+1', NUL])(
    'a time zone that is none: %j',
    async (timeZone) => {
      const query = 'query($timeZone: String) { postbackStats(timeZone: $timeZone) { total } }';
      await refuses(query, /IANA/, { timeZone });
    },
  );

  test.each([
    'query($text: String!) { affiliate(affid: $text) { id } }',
    'query($text: String!) { campaign(code: $text) { id } }',
    'query($text: String!) { click(clickId: $text) { id } }',
    'query($text: String!) { affiliates(where: { affids: [$text] }) { nodes { id } } }',
    'query($text: String!) { affiliates(where: { nameContains: $text }) { nodes { id } } }',
    'query($text: String!) { pixels(where: { urlContains: $text }) { nodes { id } } }',
    'query($text: String!) { pixels(where: { triggerEvents: [$text] }) { nodes { id } } }',
    'query($text: String!) { clicks(where: { clickId: $text }) { nodes { id } } }',
    'query($text: String!) { events(where: { types: [$text] }) { nodes { id } } }',
    'query($text: String!) { events(where: { clickId: $text }) { nodes { id } } }',
    'query($text: String!) { events(where: { transactionId: $text }) { nodes { id } } }',
    'query($text: String!) { postbacks(where: { finalUrlContains: $text }) { nodes { id } } }',
    'query($text: String!) { postbacks(where: { eventTypes: [$text] }) { nodes { id } } }',
    'query($text: String!) { postbackStats(where: { clickId: $text }) { total } }',
    'query($text: String!) { postbackStats(where: { finalUrlContains: $text }) { total buckets { total } } }',
  ])('text no row can hold: %s', async (query) => {
    await refuses(query, /NUL/, { text: NUL });
    const lone = await volley.admin.ask(query, { text: LONE });
    expect(lone.errors).toBeUndefined();
  });

  test.each([
    '{ pixels(where: { affiliateIds: ["garbage"] }) { nodes { id } } }',
    '{ clicks(where: { campaignIds: [""] }) { nodes { id } } }',
    '{ events(where: { integrationIds: ["17"] }) { nodes { id } } }',
    '{ postbacks(where: { pixelIds: ["garbage"] }) { nodes { id } } }',
    '{ postbackStats(where: { affiliateIds: ["garbage"] }) { total } }',
  ])('an id in a filter that is none: %s', (query) => refuses(query, /is no id of/));

  test('an id that is none says where ids come from, and how a code leads to one', async () => {
    const filter = (ids: string) => `{ postbacks(where: { ${ids} }) { nodes { id } } }`;
    await refuses(
      filter('affiliateIds: ["101"]'),
      /^"101" is no id of an Affiliate: ids are what answers hold in the field "id"; an affid is a code, .*affiliate\(affid: "101"\) { id }/,
    );
    await refuses(filter('campaignIds: ["2001"]'), /a Campaign: .*campaign\(code: "2001"\) { id }/);
    await refuses(
      filter(`affiliateIds: ["${seeded.offerId}"]`),
      /no id of an Affiliate: it is that of an Offer\.$/,
    );
    const { message } = await mutate('createPixel', { ...pixel(), affiliateId: '101' });
    expect(message).toMatch(/^no Affiliate has the id "101": .*affiliate\(affid: "101"\) { id }/);
  });

  test.each([
    '{ postbacks(where: WINDOW) { nodes { id } } }',
    '{ postbackStats(where: WINDOW) { total } }',
    '{ clicks(where: WINDOW) { nodes { id } } }',
    '{ events(where: WINDOW) { nodes { id } } }',
    '{ affclickidGroups(where: WINDOW) { nodes { clicks } } }',
  ])('a window that ends before it begins: %s', async (query) => {
    const window = (from: string, to: string) =>
      query.replace('WINDOW', `{ from: "${from}", to: "${to}" }`);
    const [early, late] = ['2026-11-22T12:00:00.000Z', '2026-11-22T12:00:00.001Z'] as const;
    await refuses(window(late, early), new RegExp(`not be after.*${late} and ${early}`));
    for (const to of [early, late]) {
      expect((await volley.admin.ask(window(early, to))).errors).toBeUndefined();
    }
  });

  test.each([
    ['an enum', '$status: [PostbackStatus!]', { status: ['GONE'] }, /"GONE".*PostbackStatus/],
    ['a number', '$first: Int', { first: 'ten' }, /Int cannot represent/],
    ['a field that is not there', '$where: PostbackFilter', { where: { color: 1 } }, /"color"/],
    ['a variable that is missing', '$id: ID!', {}, /"\$id" of required type "ID!"/],
  ])('variables that do not fit: %s', async (_what, declared, variables, message) => {
    const used = {
      $status: 'postbacks(where: { status: $status }) { nodes { id } }',
      $first: 'postbacks(first: $first) { nodes { id } }',
      $where: 'postbacks(where: $where) { nodes { id } }',
      $id: 'node(id: $id) { id }',
    }[declared.split(':')[0] as '$id'];
    await refuses(`query (${declared}) { ${used} }`, message, variables);
  });

  test('variables that do not fit, over WebSocket and SSE', async () => {
    const asked = {
      query: 'subscription ($where: PostbackFilter) { postbackFired(where: $where) { cursor } }',
      variables: { where: { status: ['GONE'] } },
    };
    const client = createClient({
      url: `${volley.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${volley.admin.key}` },
    });
    const answers: unknown[] = [];
    try {
      for await (const answer of client.iterate(asked)) answers.push(answer.errors);
    } catch (errors) {
      answers.push(errors);
    } finally {
      await client.dispose();
    }
    expect(answers).toMatchObject([[{ extensions: { code: 'BAD_USER_INPUT' } }]]);

    const sse = await volley.admin.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(asked),
    });
    expect(await sse.text()).toContain('"code":"BAD_USER_INPUT"');
  });

  test.each([
    [{}, /"url" or "pixelId"/],
    [{ pixelId: 'garbage' }, /pixelId/],
    [{ url: TEMPLATE, clickId: 'nothing' }, /clickId/],
    [{ url: TEMPLATE, clickId: NUL }, /NUL/],
    [{ url: TEMPLATE, eventId: 'garbage' }, /eventId/],
    [{ url: TEMPLATE, affiliateId: globalId('Affiliate') }, /affiliateId/],
  ])('a preview of %j', async (input, message) => {
    const query =
      'query($input: PreviewPostbackInput!) { previewPostback(input: $input) { finalUrl } }';
    await refuses(query, message, { input });
  });

  test('a document that is too deep or too dear', async () => {
    const deep = '{ affiliate(affid: "1") '.concat(
      '{ parent '.repeat(13),
      '{ id }',
      ' }'.repeat(14),
    );
    expect((await volley.admin.ask(deep)).errors?.[0]).toMatchObject({
      message: expect.stringMatching(/depth 1\d of 12/),
      extensions: { code: 'COMPLEXITY_LIMIT' },
    });
  });

  async function refuses(query: string, message: RegExp, variables = {}): Promise<void> {
    const { errors } = await volley.admin.ask(query, variables);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(message),
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }
});

describe('filters take text as it is', () => {
  test.each([
    ['100%', ['100% traffic']],
    ['0%_t', []],
    ['_', ['under_score']],
    ['\\', ['back\\slash']],
    ['TRAFFIC', ['100% traffic']],
  ])('names that contain %j', async (nameContains, expected) => {
    for (const [at, given] of ['100% traffic', 'under_score', 'back\\slash'].entries()) {
      await mutate('createAffiliate', { affid: `text-${at}`, name: given });
    }
    const query = 'query($where: AffiliateFilter) { affiliates(where: $where) { nodes { name } } }';
    const answer = await volley.admin.ask(query, { where: { nameContains } });
    expect(answer.data).toEqual({ affiliates: { nodes: expected.map((it) => ({ name: it })) } });
  });

  test('templates that contain an underscore', async () => {
    const own = await seedPixel(
      volley.admin,
      pixel('https://affiliate.example/?click_id={amount}'),
    );
    await seedPixel(volley.admin, pixel('https://affiliate.example/?clickxid={amount}'));
    const query = '{ pixels(where: { urlContains: "click_id" }) { nodes { id } } }';
    expect((await volley.admin.ask(query)).data).toEqual({ pixels: { nodes: [{ id: own }] } });
  });
});

describe('warnings of a pixel', () => {
  test('look at the newest 1,000 tracking links', async () => {
    const id = await seedPixel(
      volley.admin,
      pixel('https://affiliate.example/?a={oldest_link}&b={newer_link}'),
    );
    await volley.sql(`
      INSERT INTO tracking_link (id, affiliate_id, campaign_id, parameters)
      SELECT ('ffffffff-0000-7000-8000-' || lpad(at::text, 12, '0'))::uuid, affiliate.id, campaign.id,
        jsonb_build_array(jsonb_build_object(
          'name', CASE at WHEN 0 THEN 'oldest_link' ELSE 'newer_link' END, 'value', 'x'))
      FROM generate_series(0, 1000) AS at, (SELECT id FROM campaign LIMIT 1) AS campaign,
        (SELECT affiliate_id AS id FROM pixel ORDER BY id DESC LIMIT 1) AS affiliate`);

    const answer = await volley.admin.ask(
      'query($id: ID!) { node(id: $id) { ... on Pixel { warnings } } }',
      { id },
    );
    await volley.sql(
      `DELETE FROM tracking_link WHERE id >= 'ffffffff-0000-7000-8000-000000000000'`,
    );

    expect(answer.data).toEqual({
      node: { warnings: [expect.stringContaining('unknown placeholder {oldest_link}')] },
    });
  });

  test('count as much as they cost', async () => {
    const page = (at: number) => `p${at}: pixels(first: 100) { nodes { warnings } }`;
    const query = `{ ${Array.from({ length: 60 }, (_, at) => page(at)).join(' ')} }`;

    const answer = await volley.admin.ask(query);

    expect(JSON.stringify(answer.errors)).toContain('COMPLEXITY_LIMIT');
  });
});

describe('reports of conversions', () => {
  test('repeats inside one call are duplicates of the first, changes are revisions, each in its place', async () => {
    const one = {
      ...report(),
      type: 'Deposit',
      transactionId: 'inside',
      amount: '5',
      currency: 'EUR',
    };
    const { recordEvents } = await volley.admin.run(RECORD_EVENTS, {
      input: {
        events: [
          one,
          { ...one, amount: '5.00' },
          { ...one, amount: 'five' },
          { ...one, status: 'REVERSED' },
          { ...one, status: 'REVERSED', currency: 'eur' },
          { ...one, type: 'Sale' },
        ],
      },
    });
    const { results } = expectType(recordEvents, 'RecordEventsPayload');
    expect(
      results.map((result) =>
        result.__typename === 'RecordEventPayload'
          ? [result.duplicate, result.event.revision]
          : result.__typename,
      ),
    ).toEqual([[false, 1], [true, 1], 'InvalidInputError', [false, 2], [true, 2], [false, 1]]);
    const rows = await volley.sql(`SELECT 1 FROM event WHERE transaction_id = 'inside'`);
    expect(rows.length).toBe(3);
  });

  test('one report with a wrong integration does not stop the others', async () => {
    const events = [report(), { ...report(), integrationId: 'garbage' }, report()];
    const { recordEvents } = await volley.admin.run(RECORD_EVENTS, { input: { events } });
    const { results } = expectType(recordEvents, 'RecordEventsPayload');
    expect(results.map(({ __typename }) => __typename)).toEqual([
      'RecordEventPayload',
      'NotFoundError',
      'RecordEventPayload',
    ]);
  });

  test('a long id of digits comes through click, event and report unchanged', async () => {
    const number = '1122223444455565666';
    await seedPixel(volley.admin, {
      ...pixel('https://affiliate.example/?c={affclickid}&t={transaction_id}'),
      triggerEvent: 'Qualified',
    });
    const { recordClick } = await volley.admin.run(RECORD_CLICK, {
      input: { entryUrl: ENTRY_URL },
    });
    const { click } = expectType(recordClick, 'RecordClickPayload');
    const { recordEvent } = await volley.admin.run(RECORD_EVENT, {
      input: { clickId: click.clickId, type: 'Qualified', transactionId: number, amount: number },
    });
    const { event } = expectType(recordEvent, 'RecordEventPayload');
    const { postbacks } = await volley.admin.run(POSTBACKS, { where: { clickId: click.clickId } });

    expect(click).toMatchObject({
      entryUrl: ENTRY_URL,
      parameters: [{ name: 'affclickid', value: number }],
    });
    expect(event).toMatchObject({ transactionId: number, amount: number });
    expect(postbacks.nodes).toMatchObject([
      {
        entryUrl: ENTRY_URL,
        values: [
          { name: 'affclickid', raw: number, encoded: number },
          { name: 'transaction_id', raw: number, encoded: number },
        ],
      },
    ]);
  });

  test('a code that is taken is a ConflictError', async () => {
    for (const [mutation, input] of [
      ['createAffiliate', { affid: '101', name }],
      ['createOffer', { code: 'brand', name }],
      ['createEventType', { code: 'Sale', name }],
      ['createIntegration', { name: 'Brand events' }],
    ] as const) {
      expect((await mutate(mutation, input)).__typename).toBe('ConflictError');
    }
  });

  test('a key that is over opens nothing', async () => {
    const { createApiKey } = await volley.admin.run(CREATE_API_KEY, {
      input: { name, role: 'VIEWER' },
    });
    const { apiKey, secret } = expectType(createApiKey, 'CreateApiKeyPayload');
    expect((await volley.as(secret).ask('{ viewer { name } }')).data).toEqual({ viewer: { name } });
    await mutate('revokeApiKey', { apiKeyId: apiKey.id });
    expect((await volley.as(secret).ask('{ viewer { name } }')).errors?.[0]?.extensions?.code).toBe(
      'UNAUTHENTICATED',
    );
  });
});
