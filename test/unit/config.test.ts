import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';

test('the lease must cover twice the deadline, whichever of them was set', () => {
  expect(readConfig({})).toMatchObject({ deadlineMs: 10_000, leaseMs: 20_000 });
  const short = { VOLLEY_DEADLINE_SECONDS: '0.5', VOLLEY_LEASE_SECONDS: '1' };
  expect(readConfig(short)).toMatchObject({ deadlineMs: 500, leaseMs: 1_000 });
  expect(() => readConfig({ VOLLEY_DEADLINE_SECONDS: '11' })).toThrow(
    'VOLLEY_LEASE_SECONDS: must be at least twice VOLLEY_DEADLINE_SECONDS, 22; it is 20',
  );
  expect(() => readConfig({ VOLLEY_LEASE_SECONDS: '19' })).toThrow(/at least twice/);
});

test('a proxy that is no network is refused, and so is a header that none of them writes', () => {
  expect(readConfig({})).toMatchObject({ trustedProxies: [], forwardedHeader: 'x-forwarded-for' });
  expect(readConfig({ VOLLEY_TRUSTED_PROXIES: '10.0.0.0/8,::1' }).trustedProxies).toHaveLength(2);
  expect(() => readConfig({ VOLLEY_TRUSTED_PROXIES: '10.0.0.0/8,proxy' })).toThrow(
    'VOLLEY_TRUSTED_PROXIES: not a CIDR network: "proxy"',
  );
  expect(() => readConfig({ VOLLEY_FORWARDED_HEADER: 'x-real-ip' })).toThrow(
    /VOLLEY_FORWARDED_HEADER: .*x-forwarded-for/,
  );
});

test('a fault point that does not exist is refused with those that do', () => {
  expect(readConfig({ VOLLEY_FAULT_AT: 'after-send@t=4@x' }).faultAt).toEqual({
    at: 'after-send',
    text: 't=4@x',
  });
  expect(() => readConfig({ VOLLEY_FAULT_AT: 'somewhere' })).toThrow(/after-accept, before-send/);
});

const SECRET = 'x'.repeat(32);
const CLAIMS = { VOLLEY_JWT_ISSUER: 'https://id.brand.example', VOLLEY_JWT_AUDIENCE: 'volley' };
const RULES = { issuer: 'https://id.brand.example', audience: 'volley' };

test('tokens are taken by a secret or a JWKS, with one algorithm that is fixed here', () => {
  expect(readConfig({}).tokens).toBeUndefined();
  expect(readConfig({ ...CLAIMS, VOLLEY_JWT_SECRET: SECRET }).tokens).toEqual({
    source: { secret: Buffer.from(SECRET) },
    rules: { ...RULES, algorithm: 'HS256' },
  });
  const jwks = 'https://id.brand.example/jwks.json';
  expect(readConfig({ ...CLAIMS, VOLLEY_JWT_JWKS: jwks }).tokens).toEqual({
    source: { jwks: new URL(jwks) },
    rules: { ...RULES, algorithm: 'RS256' },
  });
  const chosen = { ...CLAIMS, VOLLEY_JWT_JWKS: jwks, VOLLEY_JWT_ALG: 'ES256' };
  expect(readConfig(chosen).tokens?.rules.algorithm).toBe('ES256');
  for (const local of ['http://127.0.0.1:8080/jwks', 'http://localhost/jwks', 'http://[::1]/']) {
    expect(readConfig({ ...CLAIMS, VOLLEY_JWT_JWKS: local }).tokens?.source).toEqual({
      jwks: new URL(local),
    });
  }
});

test.each([
  ['a short secret', { VOLLEY_JWT_SECRET: 'x'.repeat(31) }, /JWT_SECRET: must have 32 bytes/],
  [
    'both',
    { VOLLEY_JWT_SECRET: SECRET, VOLLEY_JWT_JWKS: 'https://id.brand.example/' },
    /JWT_JWKS: must not be set beside VOLLEY_JWT_SECRET/,
  ],
  [
    'an algorithm beside a secret',
    { VOLLEY_JWT_SECRET: SECRET, VOLLEY_JWT_ALG: 'RS256' },
    /with VOLLEY_JWT_SECRET it is HS256/,
  ],
  [
    'an algorithm with a shared secret for public keys',
    { VOLLEY_JWT_JWKS: 'https://id.brand.example/', VOLLEY_JWT_ALG: 'HS256' },
    /VOLLEY_JWT_ALG: .*RS256/,
  ],
  [
    'keys that come unprotected',
    { VOLLEY_JWT_JWKS: 'http://id.brand.example/jwks' },
    /must be an https URL/,
  ],
  ['keys by another way', { VOLLEY_JWT_JWKS: 'ftp://id.brand.example/jwks' }, /must be an https/],
  ['a file that is not there', { VOLLEY_JWT_JWKS: './no/such.json' }, /such\.json cannot be read/],
  [
    'an admin key that looks like a token',
    { VOLLEY_JWT_SECRET: SECRET, VOLLEY_ADMIN_KEY: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln' },
    /VOLLEY_ADMIN_KEY: must not look like a token/,
  ],
])('%s is refused', (_what, variables, problem) => {
  expect(() => readConfig({ ...CLAIMS, ...variables })).toThrow(problem);
});

test('a file of keys is looked at before anything starts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'volley-config-'));
  try {
    const path = join(directory, 'jwks.json');
    const read = () => readConfig({ ...CLAIMS, VOLLEY_JWT_JWKS: path }).tokens?.source;
    writeFileSync(path, '{"keys":');
    expect(read).toThrow(/cannot be read as JSON/);
    writeFileSync(path, '{"key":{}}');
    expect(read).toThrow(/holds no JWKS/);
    writeFileSync(path, '{"keys":[]}');
    expect(read()).toEqual({ jwks: new URL(`file://${path}`) });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('every problem of tokens is told at once, beside those of others, and no secret with them', () => {
  const secret = 'too-short-secret';
  const told = () => readConfig({ PORT: 'x', VOLLEY_JWT_SECRET: secret, VOLLEY_JWT_ALG: 'RS256' });
  for (const name of ['PORT', 'JWT_SECRET', 'JWT_ALG', 'JWT_ISSUER', 'JWT_AUDIENCE']) {
    expect(told).toThrow(new RegExp(`${name}: `));
  }
  expect(told).not.toThrow(secret);
  expect(() => readConfig({ VOLLEY_JWT_ISSUER: 'https://id.brand.example' })).toThrow(
    /VOLLEY_JWT_ISSUER: does nothing without/,
  );
});

describe('persisted operations', () => {
  const directory = mkdtempSync(join(tmpdir(), 'volley-config-'));
  const path = join(directory, 'operations.json');
  afterAll(() => rmSync(directory, { recursive: true }));

  test('are read from a manifest of documents by their ids', () => {
    const documents = { a: '{ viewer { name } }', b: 'subscription { postbackFired { cursor } }' };
    writeFileSync(path, JSON.stringify(documents));
    const config = readConfig({ VOLLEY_PERSISTED_OPERATIONS: path, VOLLEY_PERSISTED_ONLY: '1' });
    expect(Object.fromEntries(config.persistedOperations ?? [])).toEqual(documents);
    expect(config.persistedOnly).toBe(true);
    expect(readConfig({})).toMatchObject({ persistedOperations: undefined, persistedOnly: false });
    expect(readConfig({ VOLLEY_PERSISTED_ONLY: '0' }).persistedOnly).toBe(false);
  });

  test.each([
    ['no JSON', '{"a":', /operations\.json is not JSON: /],
    ['a list', '["{ viewer { name } }"]', /operations\.json must hold one JSON object/],
    ['an entry that is no text', '{"a":{"query":"{ x }"}}', /operations\.json must hold one JSON/],
    ['nothing', '{}', /operations\.json holds no operation/],
    ['no GraphQL', '{"a":"{ viewer {"}', /"a" in \S+operations\.json .*Syntax Error/],
    [
      'what the schema does not have',
      '{"a":"{ viewer { name } }","b":"{ viewer { nam } }"}',
      /the document "b" in \S+operations\.json cannot be used: Cannot query field "nam"/,
    ],
    [
      'more than is allowed',
      JSON.stringify({ a: `{ ${'a: __typename '.repeat(2_000)} }` }),
      /more than 2000 tokens/,
    ],
  ])('%s is refused before anything starts', (_what, text, problem) => {
    writeFileSync(path, text);
    expect(() => readConfig({ VOLLEY_PERSISTED_OPERATIONS: path })).toThrow(problem);
  });

  test('a file that is not there is named', () => {
    expect(() => readConfig({ VOLLEY_PERSISTED_OPERATIONS: './no/such.json' })).toThrow(
      /VOLLEY_PERSISTED_OPERATIONS: \.\/no\/such\.json cannot be read: ENOENT/,
    );
  });

  test('nothing else can be required where there are none', () => {
    expect(() => readConfig({ VOLLEY_PERSISTED_ONLY: '1' })).toThrow(
      'VOLLEY_PERSISTED_ONLY: needs VOLLEY_PERSISTED_OPERATIONS',
    );
    expect(() => readConfig({ VOLLEY_PERSISTED_ONLY: 'yes' })).toThrow(/VOLLEY_PERSISTED_ONLY: /);
  });
});
