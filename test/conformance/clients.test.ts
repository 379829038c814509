import { readFileSync } from 'node:fs';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient as createUrql, fetchExchange, subscriptionExchange } from '@urql/core';
import { buildSchema, isAbstractType, OperationTypeNode } from 'graphql';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_KEY } from '../support/make-app.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';

type Variables = Record<string, unknown>;

/** What the clients have in common, each in its own words. */
type Client = AsyncDisposable & {
  run(document: string, variables: Variables): Promise<unknown>;
  /** Calls back with the data of each message; answers how to end it. */
  watch(document: string, variables: Variables, onData: (data: unknown) => void): () => void;
};

const CREDENTIAL = { authorization: `Bearer ${ADMIN_KEY}` };

function wsOf(url: string) {
  return createWs({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: CREDENTIAL,
    retryAttempts: 0,
  });
}

/** The clients of graphql-ws and graphql-sse are used alike: every operation is a stream. */
function streaming(client: ReturnType<typeof createWs> | ReturnType<typeof createSse>): Client {
  return {
    async run(query, variables) {
      const { value } = await client.iterate({ query, variables }).next();
      if (value?.errors) throw new Error(JSON.stringify(value.errors));
      return value?.data;
    },
    watch(query, variables, onData) {
      const sink = {
        next: ({ data }: { data?: unknown }) => onData(data),
        error: () => {},
        complete: () => {},
      };
      return client.subscribe({ query, variables }, sink);
    },
    [Symbol.asyncDispose]: async () => client.dispose(),
  };
}

const CLIENTS: Record<string, (url: string) => Client> = {
  'graphql-ws': (url) => streaming(wsOf(url)),

  'graphql-sse': (url) =>
    streaming(createSse({ url: `${url}/graphql`, headers: CREDENTIAL, retryAttempts: 0 })),

  '@urql/core over WebSocket': (url) => {
    const socket = wsOf(url);
    const forward = subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: socket.subscribe(
            { query, variables: variables as Variables },
            sink as never,
          ),
        }),
      }),
    });
    return urql(url, [fetchExchange, forward], async () => socket.dispose());
  },

  '@urql/core over SSE': (url) => urql(url, [fetchExchange], async () => {}),

  '@apollo/client': (url) => {
    const socket = wsOf(url);
    const client = new ApolloClient({
      cache: new InMemoryCache({ possibleTypes: possibleTypes() }),
      link: ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(socket),
        new HttpLink({ uri: `${url}/graphql`, headers: CREDENTIAL }),
      ),
    });
    return {
      async run(document, variables) {
        const parsed = gql(document);
        const { data } = document.startsWith('mutation')
          ? await client.mutate({ mutation: parsed, variables })
          : await client.query({ query: parsed, variables });
        return data;
      },
      watch(document, variables, onData) {
        const messages = client.subscribe({ query: gql(document), variables });
        const subscription = messages.subscribe(({ data }) => onData(data));
        return () => subscription.unsubscribe();
      },
      async [Symbol.asyncDispose]() {
        client.stop();
        await socket.dispose();
      },
    };
  },
};

/** What Apollo's cache must know of unions and interfaces, as its documentation says. */
function possibleTypes(): Record<string, string[]> {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(
    abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
  );
}

function urql(
  url: string,
  exchanges: (typeof fetchExchange)[],
  dispose: () => Promise<void>,
): Client {
  const client = createUrql({
    url: `${url}/graphql`,
    exchanges,
    fetchOptions: { headers: CREDENTIAL },
    fetchSubscriptions: exchanges.length === 1,
    preferGetMethod: false,
  });
  return {
    async run(document, variables) {
      const how = document.startsWith('mutation') ? client.mutation : client.query;
      const { data, error } = await how.call(client, document, variables).toPromise();
      if (error) throw error;
      return data;
    },
    watch(document, variables, onData) {
      const source = client.subscription(document, variables);
      const { unsubscribe } = source.subscribe(({ data }) => onData(data));
      return unsubscribe;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

const QUERY = `query Look($affid: String!) { affiliate(affid: $affid) { id affid kind } }`;
const MUTATION = `mutation Make($input: CreatePixelInput!) { createPixel(input: $input) {
  __typename ... on CreatePixelPayload { pixel { id url version } }
  ... on InvalidInputError { issues { path message } } ... on Error { message } } }`;
const SUBSCRIPTION = `subscription Watch($where: PostbackFilter) { postbackFired(where: $where) {
  cursor postback { id status finalUrl } attempt { number statusCode } } }`;

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

describe.each(Object.keys(CLIENTS))('%s', (name) => {
  test('passes a query, a mutation with either end of its union, and a subscription', async () => {
    await using receiver = await startReceiver();
    await using client = CLIENTS[name]!(scene.url);
    const { affid, affiliateId, entryUrl } = await scene.affiliate();

    expect(await client.run(QUERY, { affid })).toMatchObject({
      affiliate: { id: affiliateId, affid, kind: 'IB' },
    });

    const url = `${receiver.url}/?sum={amount}`;
    const input = { affiliateId, url, triggerEvent: 'FirstDeposit' };
    expect(await client.run(MUTATION, { input })).toMatchObject({
      createPixel: { __typename: 'CreatePixelPayload', pixel: { url, version: 1 } },
    });
    expect(await client.run(MUTATION, { input: { ...input, url: 'nowhere' } })).toMatchObject({
      createPixel: { __typename: 'InvalidInputError', issues: [{ path: ['url'] }] },
    });

    const seen: unknown[] = [];
    const where = { affiliateIds: [affiliateId] };
    const leave = client.watch(SUBSCRIPTION, { where }, (data) => seen.push(data));
    await expect
      .poll(() => seen, { timeout: 10_000 })
      .toMatchObject([
        { postbackFired: { cursor: expect.any(String), postback: null, attempt: null } },
      ]);
    await scene.event(await scene.click(entryUrl), { amount: '12.5' });
    await scene.advance(5_000);
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(2);
    leave();

    const { url: received } = await receiver.next();
    expect(received).toBe('/?sum=12.5');
    expect(seen[1]).toMatchObject({
      postbackFired: {
        postback: { status: 'DELIVERED', finalUrl: `${receiver.url}${received}` },
        attempt: { number: 1, statusCode: 200 },
      },
    });
  });
});
