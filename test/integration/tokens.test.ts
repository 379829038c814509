import { createHmac, createSecretKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CreateAffiliateInput } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { makeApp, type TestApp } from '../support/make-app.ts';
import { CREATE_AFFILIATE } from '../support/operations.ts';
import { openAcknowledged, openSocket } from '../support/raw-socket.ts';
import { seedClick, seedReference } from '../support/seed.ts';
import { AUDIENCE, ISSUER, makeKeyPair, sign, startIssuer } from '../support/tokens.ts';

const SECRET = 'a-secret-of-the-tests-with-enough-bytes';
const key = createSecretKey(Buffer.from(SECRET));
const RULES = { VOLLEY_JWT_ISSUER: ISSUER, VOLLEY_JWT_AUDIENCE: AUDIENCE };
const now = () => Math.floor(Date.now() / 1000);

let volley: TestApp;

beforeAll(async () => {
  volley = await makeApp({ ...RULES, VOLLEY_JWT_SECRET: SECRET });
  await seedReference(volley.admin);
});
afterAll(() => volley[Symbol.asyncDispose]());

const VIEWER =
  '{ viewer { name subject role affiliate { affid } integration { name } expiresAt } }';

async function viewerOf(token: string, service = volley) {
  const response = await service.as(token).fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: VIEWER }),
  });
  const answer = (await response.json()) as {
    data?: { viewer: Record<string, unknown> };
    error?: string;
    errors?: { extensions?: { code?: string } }[];
  };
  const code = answer.errors?.[0]?.extensions?.code;
  return { status: response.status, viewer: answer.data?.viewer, error: answer.error, code };
}

describe('who a token stands for', () => {
  test('a reader, by the name its issuer gives', async () => {
    const exp = now() + 600;
    const token = await sign(key, { sub: 'person-7', name: 'A reader', exp });
    expect((await viewerOf(token)).viewer).toEqual({
      ...{ name: 'A reader', subject: 'person-7', role: 'VIEWER' },
      ...{ affiliate: null, integration: null },
      // The tolerance of every check is part of it.
      expiresAt: new Date((exp + 5) * 1000).toISOString(),
    });
  });

  test('an affiliate by its public code, with its own rows and no others', async () => {
    const token = await sign(key, { volley_role: 'AFFILIATE', volley_affid: '101' });
    expect((await viewerOf(token)).viewer).toMatchObject({
      role: 'AFFILIATE',
      affiliate: { affid: '101' },
    });
    await volley.admin.ask(
      'mutation { createAffiliate(input: { affid: "102", name: "Other" }) { __typename } }',
    );
    const seen = await volley.as(token).ask('{ affiliates { nodes { affid } } }');
    expect(seen.data?.affiliates).toEqual({ nodes: [{ affid: '101' }] });
    const forbidden = await volley
      .as(token)
      .ask('mutation { createAffiliate(input: { affid: "103", name: "No" }) { __typename } }');
    expect(forbidden.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  });

  test('a broker by its code, with everyone below it', async () => {
    const make = async (input: CreateAffiliateInput) => {
      const { createAffiliate } = await volley.admin.run(CREATE_AFFILIATE, { input });
      return expectType(createAffiliate, 'CreateAffiliatePayload').affiliate.id;
    };
    const parentId = await make({ affid: 'b1', name: 'Broker', kind: 'IB' });
    const token = await sign(key, { volley_role: 'AFFILIATE', volley_affid: 'b1' });
    expect((await viewerOf(token)).status).toBe(200);
    await make({ affid: 'b2', name: 'Below', parentId });
    const seen = await volley.as(token).ask('{ affiliates { nodes { affid } } }');
    expect(seen.data?.affiliates).toEqual({ nodes: [{ affid: 'b2' }, { affid: 'b1' }] });
  });

  test('an integration by its name, which reports events, but not with a token in a URL', async () => {
    const token = await sign(key, {
      volley_role: 'INTEGRATION',
      volley_integration: 'Brand events',
    });
    const clickId = await seedClick(volley.admin);
    const report = `/event?clickid=${clickId}&event=Sale`;
    expect((await volley.as(token).fetch(report)).status).toBe(200);
    expect((await volley.as(null).fetch(`${report}&key=${token}`)).status).toBe(403);
    const upload = await volley.as(token).fetch('/events.csv?dryRun=true', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: `clickId,type\n${clickId},Sale\n`,
    });
    expect(await upload.json()).toMatchObject({ lines: 1, refused: 0 });
  });

  test('over every transport', async () => {
    const token = await sign(key, { volley_role: 'ADMIN' });
    expect((await volley.as(token).fetch('/reports/postbacks.csv')).status).toBe(200);
    const stream = await volley.as(token).fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: '{"query":"{ viewer { subject } }"}',
    });
    expect(await stream.text()).toContain('{"data":{"viewer":{"subject":"person-1"}}');
    await using socket = await openAcknowledged(volley.url, token);
    socket.subscribe('1', '{ viewer { subject role } }');
    expect(await socket.next()).toMatchObject({
      payload: { data: { viewer: { subject: 'person-1', role: 'ADMIN' } } },
    });
  });

  test('API keys go on working beside tokens, and tokens are nothing where none are configured', async () => {
    expect((await volley.admin.ask('{ viewer { name subject } }')).data?.viewer).toEqual({
      name: 'Admin',
      subject: null,
    });
    await using plain = await makeApp();
    expect(await viewerOf(await sign(key), plain)).toMatchObject({
      status: 401,
      error: expect.stringContaining('this API key is not valid'),
    });
  });
});

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
/** What nobody's library would sign. */
const forge = (header: object, claims: object, signature = '') =>
  `${encode(header)}.${encode(claims)}.${signature}`;
const genuine = () => ({
  ...{ iss: ISSUER, aud: AUDIENCE, sub: 'person-1', volley_role: 'ADMIN' },
  ...{ iat: now(), exp: now() + 600 },
});

describe('what is refused, and why', () => {
  const cases: [string, () => string | Promise<string>, RegExp][] = [
    ['no signature (alg none)', () => forge({ alg: 'none' }, genuine()), /not signed with HS256/],
    ['alg None', () => forge({ alg: 'None' }, genuine()), /not signed with HS256/],
    ['no algorithm', () => forge({ typ: 'JWT' }, genuine(), 'c2ln'), /malformed/],
    ['another algorithm', () => sign(key, {}, { alg: 'HS384' }), /not signed with HS256/],
    ['another secret', () => sign(createSecretKey(Buffer.alloc(32, 1)), {}), /signature is wrong/],
    [
      'claims that were changed',
      async () => {
        const [header, , signature] = (await sign(key)).split('.');
        return `${header}.${encode({ ...genuine(), volley_role: 'ADMIN' })}.${signature}`;
      },
      /signature is wrong/,
    ],
    ['another issuer', () => sign(key, { iss: 'https://other.example' }), /claim "iss"/],
    ['another audience', () => sign(key, { aud: 'another' }), /claim "aud"/],
    ['no issuer', () => sign(key, { iss: undefined }), /no claim "iss"/],
    ['no audience', () => sign(key, { aud: undefined }), /no claim "aud"/],
    ['no expiry', () => sign(key, { exp: undefined }), /no claim "exp"/],
    ['no time of issue', () => sign(key, { iat: undefined }), /no claim "iat"/],
    ['nobody', () => sign(key, { sub: undefined }), /no claim "sub"/],
    ['one that has expired', () => sign(key, { iat: now() - 60, exp: now() - 6 }), /has expired/],
    ['one of later', () => sign(key, { nbf: now() + 60 }), /not valid yet/],
    [
      'one that is made in the future',
      () => sign(key, { iat: now() + 60, exp: now() + 600 }),
      /"iat" lies in the future/,
    ],
    [
      'one that lives too long',
      () => sign(key, { exp: now() + 25 * 3600 }),
      /live for 25 hours, at most 24/,
    ],
    ['an expiry that is no number', () => sign(key, { exp: '2030' as never }), /claim "exp"/],
    ['no role', () => sign(key, { volley_role: undefined }), /volley_role must be one of ADMIN/],
    ['an unknown role', () => sign(key, { volley_role: 'ROOT' }), /volley_role must be one of/],
    [
      'an unknown affiliate',
      () => sign(key, { volley_role: 'AFFILIATE', volley_affid: 'nobody' }),
      /no affiliate has the code/,
    ],
    [
      'an unknown integration',
      () => sign(key, { volley_role: 'INTEGRATION', volley_integration: 'nothing' }),
      /no integration has the name/,
    ],
  ];

  test.each(cases)('%s', async (_what, make, reason) => {
    const token = await make();
    const { status, code, error, viewer } = await viewerOf(token);
    expect({ status, code, viewer }).toEqual({
      ...{ status: 401, code: 'UNAUTHENTICATED', viewer: undefined },
    });
    expect(error).toMatch(/^this token is not valid: /);
    expect(error).toMatch(reason);
    await using socket = await openSocket(volley.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    const { code: closeCode, reason: closeReason } = await socket.ended;
    expect(closeCode).toBe(4403);
    expect(closeReason).toMatch(/^this token is not valid: /);
  });

  test('clocks may differ by five seconds', async () => {
    for (const claims of [
      { iat: now() - 60, exp: now() - 3 },
      { nbf: now() + 3 },
      { iat: now() + 3 },
    ]) {
      expect((await viewerOf(await sign(key, claims))).status).toBe(200);
    }
  });

  test('it expires while it is used', async () => {
    await using own = await makeApp({ ...RULES, VOLLEY_JWT_SECRET: SECRET });
    const token = await sign(key, { exp: now() + 600 });
    expect((await viewerOf(token, own)).status).toBe(200);
    await own.advance(606_000);
    expect(await viewerOf(token, own)).toMatchObject({
      status: 401,
      error: expect.stringContaining('it has expired'),
    });
  });
});

describe('keys of a JWKS', () => {
  const first = makeKeyPair('first');
  const second = makeKeyPair('second');
  const signedBy = ({ kid, privateKey }: typeof first, claims = {}) =>
    sign(privateKey, claims, { alg: 'RS256', kid });

  test('are found by kid, and rotate: a new one counts when it is used, one that is gone no more', async () => {
    await using issuer = await startIssuer([first.jwk]);
    await using own = await makeApp({ ...RULES, VOLLEY_JWT_JWKS: issuer.url });
    expect((await viewerOf(await signedBy(first), own)).viewer).toMatchObject({ role: 'VIEWER' });
    expect(await viewerOf(await signedBy(second), own)).toMatchObject({
      status: 401,
      error: expect.stringContaining('signed with an unknown key'),
    });
    const asked = issuer.asked;
    for (let count = 0; count < 20; count += 1) await viewerOf(await signedBy(second), own);
    // Whoever makes up keys must not make the issuer busy.
    expect(issuer.asked - asked).toBeLessThan(3);

    issuer.jwks = [second.jwk];
    await eventually(
      async () => (await viewerOf(await signedBy(second), own)).status,
      (status) => expect(status).toBe(200),
    );
    expect((await viewerOf(await signedBy(first), own)).status).toBe(401);
  });

  test('no public key is taken for a secret, and no other algorithm than the one of the service', async () => {
    await using issuer = await startIssuer([first.jwk]);
    await using own = await makeApp({ ...RULES, VOLLEY_JWT_JWKS: issuer.url });
    const pem = first.publicKey.export({ type: 'spki', format: 'pem' });
    const claims = { ...genuine() };
    const unsigned = `${encode({ alg: 'HS256', kid: 'first' })}.${encode(claims)}`;
    const confused = `${unsigned}.${createHmac('sha256', pem).update(unsigned).digest('base64url')}`;
    for (const token of [
      confused,
      forge({ alg: 'none', kid: 'first' }, claims),
      await sign(first.privateKey, {}, { alg: 'PS256', kid: 'first' }),
      await sign(first.privateKey, {}, { alg: 'RS512', kid: 'first' }),
    ]) {
      expect(await viewerOf(token, own)).toMatchObject({
        status: 401,
        error: expect.stringContaining('not signed with RS256'),
      });
    }
  });

  test('known ones go on counting while the issuer is down; others are told that it cannot be known', async () => {
    await using issuer = await startIssuer([first.jwk]);
    await using own = await makeApp({ ...RULES, VOLLEY_JWT_JWKS: issuer.url });
    const unknown = await signedBy(second);
    expect((await viewerOf(await signedBy(first), own)).status).toBe(200);
    await issuer[Symbol.asyncDispose]();

    await eventually(
      () => viewerOf(unknown, own),
      (answer) => expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' }),
    );
    expect((await viewerOf(unknown, own)).error).toBe(
      'this token cannot be checked now: the keys of its issuer cannot be read',
    );
    expect((await viewerOf(await signedBy(first), own)).status).toBe(200);
    await using socket = await openSocket(own.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${unknown}` } });
    expect(await socket.ended).toEqual({
      code: 4500,
      reason: 'this token cannot be checked now: the keys of its issuer cannot be read',
    });
    expect((await own.as(unknown).fetch('/event?event=Sale')).status).toBe(503);
    const upload = await own.as(unknown).fetch('/events.csv', { method: 'POST', body: 'x' });
    expect(upload.status).toBe(503);
  });

  test('an issuer that is down at the start keeps nobody with an API key out, and is asked again', async () => {
    await using issuer = await startIssuer([first.jwk]);
    issuer.status = 500;
    await using own = await makeApp({ ...RULES, VOLLEY_JWT_JWKS: issuer.url });
    expect((await own.admin.ask('{ viewer { role } }')).data?.viewer).toEqual({ role: 'ADMIN' });
    expect((await viewerOf(await signedBy(first), own)).status).toBe(503);
    issuer.status = 200;
    expect((await viewerOf(await signedBy(first), own)).status).toBe(200);
  });

  test('may stand in a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'volley-jwks-'));
    try {
      const path = join(directory, 'jwks.json');
      writeFileSync(path, JSON.stringify({ keys: [first.jwk] }));
      await using own = await makeApp({ ...RULES, VOLLEY_JWT_JWKS: path });
      expect((await viewerOf(await signedBy(first), own)).status).toBe(200);
      expect((await viewerOf(await signedBy(second), own)).status).toBe(401);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
