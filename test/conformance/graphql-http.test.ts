import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';

let volley: TestApp;
beforeAll(async () => {
  volley = await makeApp();
});
afterAll(() => volley[Symbol.asyncDispose]());

describe.each([
  ['anonymous', {}],
  ['with the ADMIN key', { authorization: `Bearer ${ADMIN_KEY}` }],
] as const)('GraphQL over HTTP, %s', (_who, key) => {
  test('passes every MUST and SHOULD of the audit', async () => {
    const results = await auditServer({
      url: `${volley.url}/graphql`,
      fetchFn: (url: string, init: RequestInit = {}) =>
        fetch(url, { ...init, headers: { ...init.headers, ...key } }),
    });

    const lines = results
      .filter((result) => result.status !== 'ok')
      .map((result) => `${result.status} ${result.id} ${result.name}: ${result.reason}`);
    const notices = lines.filter((line) => line.startsWith('notice '));
    if (notices.length > 0) console.info(`the audit's notices:\n${notices.join('\n')}`);
    expect(results.length).toBeGreaterThanOrEqual(61);
    expect(lines.filter((line) => !line.startsWith('notice '))).toEqual([]);
  });
});
