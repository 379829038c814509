import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';
import { CREATE_API_KEY, TEST_PIXEL } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { referencePixel, seedClick, seedPixel, seedReference } from '../support/seed.ts';
import { askOver, type Operation, TRANSPORTS } from '../support/transports.ts';

let production: TestApp;
let development: TestApp;
let viewerKey: string;

beforeAll(async () => {
  [production, development] = await Promise.all([makeApp({ VOLLEY_ENV: 'production' }), makeApp()]);
  const input = { name: 'key', role: 'VIEWER' } as const;
  const { createApiKey } = await production.admin.run(CREATE_API_KEY, { input });
  viewerKey = expectType(createApiKey, 'CreateApiKeyPayload').secret;
});
afterAll(() =>
  Promise.all([production[Symbol.asyncDispose](), development[Symbol.asyncDispose]()]),
);

const times = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');
const nested = (levels: number) =>
  `{ affiliate(affid: "1") ${'{ parent '.repeat(levels)}{ id }${' }'.repeat(levels + 1)}`;
const viewerFields = (count: number) => `{ viewer { ${'name '.repeat(count)} } }`;
const counters = (count: number) =>
  `{ ${times(count, (at) => `c${at}: postbacks(first: 100) { nodes { id values { raw } } }`)} }`;

describe.each(TRANSPORTS)('over %s', (transport) => {
  const ask = (key: string | null, operation: Operation, volley = production) =>
    askOver(transport, { url: volley.url, key }, operation);
  const refused = transport === 'WebSocket' ? 'error' : 200;

  test.each([
    ['tokens', 'TOKEN_LIMIT', /more than 2000 tokens, the limit is 2000/, viewerFields(1_996)],
    [
      'characters',
      'LENGTH_LIMIT',
      /has 65537 characters, 65536 are allowed/,
      `{ __typename }#${'x'.repeat(65_537 - 15)}`,
    ],
    [
      'aliases',
      'ALIAS_LIMIT',
      /limit of 100 exceeded, found 101/,
      `{ ${times(101, (at) => `a${at}: __typename`)} }`,
    ],
    [
      'aliases in fragments',
      'ALIAS_LIMIT',
      /limit of 100 exceeded, found 102/,
      `{ viewer { ...A ...B } } fragment A on Viewer { ${times(51, (at) => `a${at}: name`)} }
        fragment B on Viewer { ${times(51, (at) => `b${at}: name`)} }`,
    ],
    [
      'directives',
      'DIRECTIVE_LIMIT',
      /limit of 30 exceeded, found 31/,
      `{ viewer { ${times(31, (at) => `a${at}: name @include(if: true)`)} } }`,
    ],
    ['depth', 'COMPLEXITY_LIMIT', /depth 14 of 12/, nested(12)],
    ['breadth', 'COMPLEXITY_LIMIT', /breadth 401 of 400/, viewerFields(400)],
    ['complexity', 'COMPLEXITY_LIMIT', /complexity 100359 of 100000/, counters(59)],
    [
      'depth of a subscription',
      'COMPLEXITY_LIMIT',
      /depth \d\d of 12/,
      `subscription { postbackFired { postback { affiliate ${'{ parent '.repeat(12)}{ id }${' }'.repeat(12)} } } }`,
    ],
  ])('refuses too much: %s', async (_what, code, message, query) => {
    if (transport === 'HTTP' && query.startsWith('subscription')) return;
    for (const key of [viewerKey, ADMIN_KEY, viewerKey]) {
      const answer = await ask(key, { query });
      expect(answer).toMatchObject({
        status: refused,
        errors: [{ message: expect.stringMatching(message), extensions: { code } }],
      });
      expect(answer.errors).toHaveLength(1);
      expect(answer).not.toHaveProperty('data');
      expect(answer.errors?.[0]?.extensions).not.toHaveProperty('http');
    }
  });

  test.each([
    ['aliases', `{ ${times(100, (at) => `a${at}: __typename`)} }`],
    ['directives', `{ viewer { ${times(30, (at) => `a${at}: name @include(if: true)`)} } }`],
    ['tokens', `{ viewer { name } } #${'x'.repeat(65_536 - 21)}`],
    ['breadth', viewerFields(399)],
    ['complexity', counters(58)],
  ])('answers what is just within: %s', async (_what, query) => {
    expect(await ask(viewerKey, { query })).not.toHaveProperty('errors');
  });

  test('the introspection of tools passes for an ADMIN key in production', async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const answer = await ask(ADMIN_KEY, { query });
    expect(answer).not.toHaveProperty('errors');
    expect(answer.data).toHaveProperty('__schema.types');
  });

  test('introspection and suggestions are for ADMIN keys in production, whoever asked before', async () => {
    const schema = { query: '{ __schema { queryType { name } } }' };
    const typo = { query: '{ viewer { nam } }' };
    for (const _ of [1, 2]) {
      expect(await ask(ADMIN_KEY, schema)).toMatchObject({ data: { __schema: {} } });
      for (const [key, code] of [
        [viewerKey, 'FORBIDDEN'],
        [null, 'UNAUTHENTICATED'],
      ] as const) {
        expect(await ask(key, schema)).toMatchObject({ errors: [{ extensions: { code } }] });
        expect((await ask(key, typo)).errors?.[0]?.message).not.toContain('Did you mean');
      }
      expect((await ask(ADMIN_KEY, typo)).errors?.[0]?.message).toContain('Did you mean "name"');
      expect(await ask(null, schema, development)).toMatchObject({ data: { __schema: {} } });
    }
  });

  test('tells five findings and no more', async () => {
    const query = `{ viewer { ${times(90, (at) => `x${at}`)} } }`;
    const { errors = [] } = await ask(viewerKey, { query });
    expect(errors).toHaveLength(6);
    expect(errors.at(-1)?.message).toMatch(/too many validation errors/i);
  });

  test('a document that is no GraphQL says so with a code', async () => {
    // Errors are remembered with their text: one of its own for each transport.
    expect(await ask(viewerKey, { query: `{ ${transport} {` })).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
    });
  });

  test.each([
    ['a query', '{ viewer { name role } }', {}, 3],
    [
      'a page',
      'query($first: Int) { postbacks(first: $first) { nodes { id status } } }',
      { first: 50 },
      151,
    ],
    ['the operation that was named', 'query A { viewer { name } } query B { __typename }', {}, 1],
    [
      'a mutation',
      'mutation { createOffer(input: { code: "", name: "" }) { ... on Error { message } } }',
      {},
      2,
    ],
    [
      'a test fire, which calls somebody',
      'mutation { testPixel(input: { pixelId: "" }) { ... on Error { message } } }',
      {},
      501,
    ],
    ['the start of a subscription', 'subscription { postbackFired { cursor } }', {}, 2],
  ])('tells what was asked for: %s', async (_what, query, variables, requested) => {
    if (transport === 'HTTP' && query.startsWith('subscription')) return;
    const operationName = query.includes('query B') ? 'B' : undefined;
    const answer = await ask(ADMIN_KEY, {
      query,
      variables,
      ...(operationName && { operationName }),
    });
    expect(answer.errors).toBeUndefined();
    expect(answer.extensions).toEqual({ cost: { requested, limit: 100_000, remaining: null } });
  });

  test('wrong variables are all told, and cost nothing to tell', async () => {
    const query =
      'query($id: ID!, $n: Int) { node(id: $id) { id } a: affiliates(first: $n) { nodes { id } } }';
    const { errors = [] } = await ask(ADMIN_KEY, { query, variables: { n: 'x' } });
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('$id'),
      expect.stringContaining('$n'),
    ]);
  });
});

test('a subscription tells its cost in its first message only', async () => {
  await using receiver = await startReceiver();
  const { affiliateId } = await seedReference(production.admin);
  const pixelId = await seedPixel(production.admin, referencePixel(receiver.url, affiliateId));
  const clickId = await seedClick(production.admin);
  const client = createClient({
    url: `${production.url}/graphql`,
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  const messages = client.iterate({ query: 'subscription { postbackFired { cursor } }' });

  const first = await messages.next();
  await production.admin.run(TEST_PIXEL, { input: { pixelId, clickId } });
  const second = await messages.next();
  client.dispose();

  expect(first.value).toMatchObject({ extensions: { cost: { requested: 2 } } });
  expect(second.value).toEqual({ data: { postbackFired: { cursor: expect.any(String) } } });
});
