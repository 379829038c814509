import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { readMonitorDocuments } from '../../src/http/monitor-documents.ts';
import type { CreateApiKeyInput } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { makeScene, type Scene } from '../support/scene.ts';
import { askOver, type Operation, TRANSPORTS } from '../support/transports.ts';

const WHO = 'query Who { viewer { name role } }';
const OFFER = `mutation Offer($input: CreateOfferInput!) {
  createOffer(input: $input) { ... on CreateOfferPayload { offer { code } } ... on Error { message } }
}`;
const LIVE = 'subscription Live { postbackFired { cursor } }';
const KIND = 'query Kind { __typename }';
const OTHER = 'query Other { viewer { name } }';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const apollo = (sha256Hash: string): Operation => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

const directory = mkdtempSync(join(tmpdir(), 'volley-persisted-'));
const manifest = join(directory, 'persisted-documents.json');
const CONFIGURED = { VOLLEY_PERSISTED_OPERATIONS: manifest };

let volley: Scene;
let free: string;
let bound: string;
let names = 0;
let advancedMs = 0;

beforeAll(async () => {
  const documents = {
    [sha256(WHO)]: WHO,
    'add-offer': OFFER,
    [`sha256:${sha256(LIVE)}`]: LIVE,
    kind: KIND,
  };
  writeFileSync(manifest, JSON.stringify(documents));
  volley = await makeScene(CONFIGURED);
  free = (await makeKey({})).secret;
  bound = (await makeKey({ persistedOnly: true })).secret;
});
afterAll(async () => {
  await volley[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

async function makeKey(changes: Partial<CreateApiKeyInput>) {
  names += 1;
  const input = { name: `key ${names}`, role: 'VIEWER' as const, ...changes };
  const { createApiKey } = await volley.admin.run(CREATE_API_KEY, { input });
  const { secret, apiKey } = expectType(createApiKey, 'CreateApiKeyPayload');
  return { secret, id: apiKey.id };
}

const required = {
  errors: [
    {
      message: expect.stringContaining('persisted operations only'),
      extensions: { code: 'PERSISTED_QUERY_REQUIRED' },
    },
  ],
};

describe.each(TRANSPORTS)('over %s', (transport) => {
  const ask = (key: string | null, operation: Operation, url = volley.url) =>
    askOver(transport, { url, key }, operation);
  const refused = transport === 'WebSocket' ? 'error' : 200;

  test.each([
    ['extensions.persistedQuery', apollo(sha256(WHO))],
    ['documentId', { documentId: sha256(WHO) }],
    ['documentId with its method', { documentId: `sha256:${sha256(WHO)}` }],
    ['extensions.documentId', { extensions: { documentId: sha256(WHO) } }],
    ['an empty query beside it', { query: '', documentId: sha256(WHO) }],
  ])('an operation is named by %s', async (_what, operation) => {
    for (const key of [free, bound]) {
      const { data, errors, extensions } = await ask(key, operation);
      expect(errors).toBeUndefined();
      expect(data).toEqual({ viewer: { name: expect.stringContaining('key'), role: 'VIEWER' } });
      expect(extensions).toMatchObject({ cost: { requested: 3 } });
    }
  });

  test('an id of the manifest and the hash of its document both name it, with variables', async () => {
    for (const [at, id] of ['add-offer', sha256(OFFER)].entries()) {
      const code = `${transport}-${at}`;
      const variables = { input: { code, name: 'Offer' } };
      const answer = await ask(ADMIN_KEY, { documentId: id, variables, operationName: 'Offer' });
      expect(answer.data).toEqual({ createOffer: { offer: { code } } });
    }
  });

  test('an unknown id is told as clients of Apollo understand it', async () => {
    for (const operation of [apollo(sha256(OTHER)), { documentId: 'constructor' }]) {
      for (const key of [free, bound, null]) {
        const answer = await ask(key, operation);
        expect(answer).toMatchObject({
          status: refused,
          errors: [
            {
              message: 'PersistedQueryNotFound',
              extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
            },
          ],
        });
        expect(answer).not.toHaveProperty('data');
      }
    }
  });

  test('a key that is limited to them runs the exact text of one, and no other', async () => {
    expect(await ask(bound, { query: WHO })).toMatchObject({ data: { viewer: {} } });
    for (const query of [OTHER, ` ${WHO}`, '{ __typename }', `{ ${transport}`]) {
      const answer = await ask(bound, { query });
      expect(answer).toMatchObject({ status: refused, ...required });
      expect(answer).not.toHaveProperty('data');
      expect(await ask(bound, { query, ...apollo(sha256(WHO)) })).toMatchObject(required);
    }
    expect(await ask(free, { query: OTHER })).toMatchObject({ data: { viewer: {} } });
    expect(await ask(free, { query: OTHER, ...apollo(sha256(OTHER)) })).toMatchObject({
      data: { viewer: {} },
    });
  });

  test('a key pays for what is refused', async () => {
    const { secret } = await makeKey({ persistedOnly: true });
    // At the beginning of a minute: no points come back meanwhile.
    const ms = 60_000 - ((Date.now() + advancedMs) % 60_000) + 1;
    advancedMs += ms;
    await volley.advance(ms);

    await ask(secret, { query: OTHER });
    await ask(secret, { documentId: 'unknown' });

    const { extensions } = await ask(secret, { query: WHO });
    expect(extensions).toMatchObject({ cost: { remaining: 1_000_000 - 2 * 100 - 3 } });
  });

  test('what a role may not do it may not by an id', async () => {
    const variables = { input: { code: 'no', name: 'no' } };
    expect(await ask(free, { documentId: 'add-offer', variables })).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    expect(await ask(null, { documentId: sha256(WHO) })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test('subscriptions are named by an id too', async () => {
    if (transport === 'HTTP') return;
    const { data, errors } = await ask(bound, apollo(sha256(LIVE)));
    expect(errors).toBeUndefined();
    expect(data).toEqual({ postbackFired: { cursor: expect.any(String) } });
  });

  test('keys stay limited when the manifest is gone', async () => {
    await using bare = await volley.another({ VOLLEY_PERSISTED_OPERATIONS: '' });
    expect(await ask(bound, { query: WHO }, bare.url)).toMatchObject(required);
    expect(await ask(bound, apollo(sha256(WHO)), bare.url)).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    expect(await ask(free, { query: WHO }, bare.url)).toMatchObject({ data: { viewer: {} } });
  });

  test('all keys but those of ADMIN are limited where the service says so', async () => {
    await using strict = await volley.another({ ...CONFIGURED, VOLLEY_PERSISTED_ONLY: '1' });
    const admin = (await makeKey({ role: 'ADMIN', persistedOnly: true })).secret;
    for (const key of [free, bound, admin, null]) {
      expect(await ask(key, { query: '{ __typename }' }, strict.url)).toMatchObject(required);
      expect(await ask(key, { documentId: 'kind' }, strict.url)).toMatchObject({
        data: { __typename: 'Query' },
      });
    }
    expect(await ask(ADMIN_KEY, { query: OTHER }, strict.url)).toMatchObject({
      data: { viewer: {} },
    });
  });
});

describe('what the monitor page asks', () => {
  const asked = readMonitorDocuments('monitor/dist');
  const query = [...asked].find((text) => text.includes('query MonitorViewer ')) ?? '';

  test('is read from the build, every operation of it', () => {
    expect([...asked].filter((text) => text.includes('subscription Monitor'))).toHaveLength(2);
    expect(readMonitorDocuments('monitor/none').size).toBe(0);
  });

  test.each(TRANSPORTS)('is for callers that the service limits, over %s', async (transport) => {
    await using strict = await volley.another({ ...CONFIGURED, VOLLEY_PERSISTED_ONLY: '1' });
    const ask = (key: string | null, operation: Operation) =>
      askOver(transport, { url: strict.url, key }, operation);

    expect(await ask(free, { query })).toMatchObject({ data: { viewer: { role: 'VIEWER' } } });
    // Nor for a key that is made for one program, nor for nobody.
    expect(await ask(bound, { query })).toMatchObject(required);
    expect(await ask(null, { query })).toMatchObject(required);
  });
});

describe('GET', () => {
  const get = async (parameters: Record<string, string>, key = bound) => {
    const query = new URLSearchParams(parameters);
    const response = await volley.as(key).fetch(`/graphql?${query}`);
    return { status: response.status, ...((await response.json()) as object) };
  };

  test.each([
    ['documentId', { documentId: sha256(WHO) }],
    ['extensions', { extensions: JSON.stringify(apollo(sha256(WHO)).extensions) }],
  ])('names a query by %s', async (_what, parameters) => {
    expect(await get(parameters)).toMatchObject({ status: 200, data: { viewer: {} } });
  });

  test('makes no mutation', async () => {
    const variables = JSON.stringify({ input: { code: 'got', name: 'got' } });
    expect(await get({ documentId: 'add-offer', variables }, ADMIN_KEY)).toMatchObject({
      status: 405,
    });
  });

  test('refuses other documents', async () => {
    expect(await get({ query: OTHER })).toMatchObject(required);
    expect(await get({ query: OTHER, documentId: sha256(WHO) })).toMatchObject(required);
    expect(await get({ documentId: 'x' })).toMatchObject({
      errors: [{ message: 'PersistedQueryNotFound' }],
    });
  });

  test('streams a subscription', async () => {
    const ended = new AbortController();
    const response = await volley.as(bound).fetch(`/graphql?documentId=${sha256(LIVE)}`, {
      headers: { accept: 'text/event-stream' },
      signal: ended.signal,
    });
    let text = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (text.includes('\n\n') && text.includes('event: next')) break;
    }
    ended.abort();
    expect(text).toContain('data: {"data":{"postbackFired":{"cursor":');
  });
});

test.each([
  [
    'graphql-sse',
    () => {
      const headers = { authorization: `Bearer ${bound}` };
      return createSseClient({ url: `${volley.url}/graphql`, headers });
    },
  ],
  [
    'graphql-ws',
    () => {
      const url = `${volley.url.replace('http', 'ws')}/graphql`;
      const connectionParams = { authorization: `Bearer ${bound}` };
      return createWsClient({ url, connectionParams, webSocketImpl: WebSocket });
    },
  ],
])('clients of %s subscribe by an id', async (_library, connect) => {
  const client = connect();
  const { extensions = {} } = apollo(sha256(LIVE));
  const messages = client.iterate({ query: '', extensions: { ...extensions } });
  expect((await messages.next()).value).toMatchObject({
    data: { postbackFired: { cursor: expect.any(String) } },
  });
  await client.dispose();
});

test('a request without a document and without an id says so', async () => {
  const post = (body: object) =>
    volley.admin.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  for (const body of [{}, { documentId: 5 }, { extensions: { persistedQuery: null } }]) {
    expect(await (await post(body)).json()).toEqual({
      errors: [{ message: 'Must provide query string.', extensions: { code: 'BAD_REQUEST' } }],
    });
  }
});

describe('keys', () => {
  const LISTED = `query($name: String!) { apiKeys(where: { nameContains: $name }) {
    nodes { name isValid persistedOnly } } }`;
  const listed = async (name: string) => {
    const { apiKeys } = await volley.read<{ apiKeys: { nodes: object[] } }>(LISTED, { name });
    return apiKeys.nodes;
  };

  test('say whether they are limited, and a rotated one stays so', async () => {
    const { id } = await makeKey({ name: 'screen', persistedOnly: true });
    await makeKey({ name: 'people' });
    const rotate = `mutation($id: ID!) { rotateApiKey(input: { apiKeyId: $id }) {
      ... on RotateApiKeyPayload { secret apiKey { persistedOnly } } ... on Error { message } } }`;
    const { rotateApiKey } = await volley.read<{
      rotateApiKey: { secret: string; apiKey: object };
    }>(rotate, { id });

    expect(rotateApiKey.apiKey).toEqual({ persistedOnly: true });
    expect(await listed('screen')).toEqual([
      { name: 'screen', isValid: true, persistedOnly: true },
      { name: 'screen', isValid: true, persistedOnly: true },
    ]);
    expect(await listed('people')).toEqual([
      { name: 'people', isValid: true, persistedOnly: false },
    ]);
    expect(await volley.as(rotateApiKey.secret).ask(OTHER)).toMatchObject(required);
  });

  test('are told by the audit log as limited, without their secret', async () => {
    const { id, secret } = await makeKey({ name: 'audited', persistedOnly: true });
    const { auditLog } = await volley.read<{ auditLog: { nodes: { changes: object[] }[] } }>(
      `query($id: ID!) { auditLog(where: { objectId: $id }) { nodes { changes { field before after } } } }`,
      { id },
    );
    expect(auditLog.nodes).toHaveLength(1);
    expect(auditLog.nodes[0]?.changes).toContainEqual({
      field: 'persistedOnly',
      before: null,
      after: 'true',
    });
    expect(JSON.stringify(auditLog)).not.toContain(secret);
  });

  test('cannot be limited where there is nothing to be limited to', async () => {
    await using bare = await volley.another({ VOLLEY_PERSISTED_OPERATIONS: '' });
    const mutation = `mutation { createApiKey(input: { name: "x", role: VIEWER, persistedOnly: true }) {
      ... on InvalidInputError { issues { path message } } ... on CreateApiKeyPayload { secret } } }`;
    const { data } = await askOver('HTTP', { url: bare.url, key: ADMIN_KEY }, { query: mutation });
    expect(data).toEqual({
      createApiKey: {
        issues: [
          {
            path: ['persistedOnly'],
            message: 'no persisted operations are configured here: set VOLLEY_PERSISTED_OPERATIONS',
          },
        ],
      },
    });
  });
});
