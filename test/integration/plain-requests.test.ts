import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPlainRequest } from '../../src/http/plain-request.ts';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';

let volley: TestApp;
beforeAll(async () => {
  volley = await makeApp({ VOLLEY_ENV: 'production', VOLLEY_RATE_LIMITS: '0' });
});
afterAll(() => volley[Symbol.asyncDispose]());

type Case = { key?: string; accept?: string; body: object };

/** By the short way, or by Yoga's: a parameter of the type that is nobody's business makes a request less plain. */
async function ask({ key, accept, body }: Case, way: 'plain' | 'yoga') {
  const headers = {
    'content-type': way === 'plain' ? 'application/json' : 'application/json; version=1',
    'x-request-id': 'request-of-the-test',
    ...(accept && { accept }),
    ...(key && { authorization: `Bearer ${key}` }),
  };
  const text = JSON.stringify(body);
  const asked = { method: 'POST', headers: { accept: '*/*', ...headers } };
  expect(readPlainRequest(asked, Buffer.from(text)) !== null).toBe(way === 'plain');
  const response = await fetch(`${volley.url}/graphql`, { method: 'POST', headers, body: text });
  const { date: _, ...told } = Object.fromEntries(response.headers);
  return { status: response.status, headers: told, body: await response.text() };
}

const asAdmin = (body: object): Case => ({ key: ADMIN_KEY, body });
const query = '{ viewer { role } }';
const both = 'query A { viewer { role } } query B { __typename }';

describe('a plain request is answered as Yoga answers it, to the byte', () => {
  test.each<[string, Case]>([
    ['a query', asAdmin({ query })],
    ['null for what is left out', asAdmin({ query, variables: null, operationName: null })],
    ['one operation of two', asAdmin({ query: both, operationName: 'B' })],
    ['none named of two', asAdmin({ query: both })],
    ['a name that is not in it', asAdmin({ query: both, operationName: 'C' })],
    ['extensions that nobody knows', asAdmin({ query, extensions: { trace: 1 } })],
    ['no GraphQL', asAdmin({ query: '{ viewer ' })],
    ['an unknown field', asAdmin({ query: '{ viewr }' })],
    ['a variable that is missing', asAdmin({ query: 'query($id: ID!) { node(id: $id) { id } }' })],
    [
      'a variable of the wrong type',
      asAdmin({
        query: 'query($n: Int) { postbacks(first: $n) { __typename } }',
        variables: { n: 'x' },
      }),
    ],
    ['too large a document', asAdmin({ query: `{ ${'a: __typename '.repeat(500)} }` })],
    ['nobody', { body: { query: '{ postbacks { __typename } }' } }],
    ['nobody who reads the schema', { body: { query: '{ __schema { __typename } }' } }],
    ['a wrong key', { key: 'no-such-key', body: { query } }],
    [
      'a refused mutation',
      asAdmin({
        query: `mutation { createOffer(input: { code: "", name: "" }) {
          __typename ... on Error { message } } }`,
      }),
    ],
    ['an id that is none', asAdmin({ query: '{ node(id: "?") { id } }' })],
  ])('%s', async (_name, asked) => {
    for (const accept of [
      undefined,
      'application/json',
      'application/graphql-response+json, application/json;q=0.9',
      'application/json, application/graphql-response+json',
      'application/graphql-response+json, application/json, text/event-stream, multipart/mixed',
      'text/html, application/*',
    ]) {
      const plain = await ask({ ...asked, ...(accept && { accept }) }, 'plain');
      expect(plain).toEqual(await ask({ ...asked, ...(accept && { accept }) }, 'yoga'));
    }
  });
});

describe('what is not plain is left to Yoga', () => {
  const json = { 'content-type': 'application/json' };
  test.each<[string, Record<string, string>, string]>([
    ['a list', json, '[{ "query": "{ __typename }" }]'],
    ['no JSON', json, '{ "query": '],
    ['null', json, 'null'],
    ['no query', json, '{}'],
    ['an empty query', json, '{ "query": "" }'],
    ['a query that is no text', json, '{ "query": 1 }'],
    ['variables that are a list', json, '{ "query": "{ __typename }", "variables": [] }'],
    ['a name that is no text', json, '{ "query": "{ __typename }", "operationName": 1 }'],
    ['the id of a document', json, '{ "query": "{ __typename }", "documentId": "a" }'],
    ['a parameter that nobody knows', json, '{ "query": "{ __typename }", "key": "a" }'],
    ['a stream', json, '{ "query": "subscription { eventRecorded { __typename } }" }'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'query={__typename}'],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }, '{"query":"{a}"}'],
    [
      'answers as events',
      { ...json, accept: 'text/event-stream' },
      '{ "query": "{ __typename }" }',
    ],
    ['answers in another charset', { ...json, accept: '*/*; charset=utf-16' }, '{"query":"{a}"}'],
  ])('%s', (_name, headers, body) => {
    expect(readPlainRequest({ method: 'POST', headers }, Buffer.from(body))).toBeNull();
  });
});
