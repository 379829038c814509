import { describe, expect, test } from 'vitest';
import { isListed, isOwn, LOCAL_ORIGINS, parseOrigins } from '../../../src/http/origins.ts';

const origins = parseOrigins(
  'https://app.brand.example, http://localhost:*,https://B.example:8443',
);

describe('listed origins', () => {
  test.each([
    'https://app.brand.example',
    'http://localhost',
    'http://localhost:5173',
    'https://b.example:8443',
  ])('%s may ask', (origin) => {
    expect(isListed(origin, origins)).toBe(true);
  });

  test.each([
    'http://app.brand.example',
    'https://app.brand.example:8443',
    'https://app.brand.example.evil.example',
    'https://evil-app.brand.example',
    'https://brand.example',
    'https://localhost:5173',
    'http://localhost.evil.example:80',
    'http://b.example:8443',
    'null',
    '',
    '*',
    'file://',
    'https://app.brand.example, https://evil.example',
  ])('%s may not', (origin) => {
    expect(isListed(origin, origins)).toBe(false);
  });

  test('a star is any, even the origin of no page in particular', () => {
    const any = parseOrigins('*');
    expect(isListed('https://evil.example', any)).toBe(true);
    expect(isListed('null', any)).toBe(true);
  });

  test('an empty list is none', () => {
    expect(isListed('https://app.brand.example', parseOrigins(' , '))).toBe(false);
  });

  test('the machine itself is known by its three names', () => {
    const local = parseOrigins(LOCAL_ORIGINS);
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect(isListed(`http://${host}:5173`, local)).toBe(true);
    }
    expect(isListed('http://127.0.0.2:5173', local)).toBe(false);
  });

  test.each([
    'app.brand.example',
    'https://app.brand.example/',
    'https://app.brand.example/path',
    'https://user@app.brand.example',
    'https://*.brand.example',
    'ftp://brand.example',
    'null',
    'http://localhost:80:*',
    'http://:*',
  ])('%s is refused as an entry, by name', (entry) => {
    expect(() => parseOrigins(`https://app.brand.example,${entry}`)).toThrow(
      `not an origin: "${entry}"; write https://app.brand.example`,
    );
  });
});

describe('the service’s own pages', () => {
  const ask = (origin: string, host: string, publicUrl?: string) =>
    isOwn(origin, { headers: { host } }, publicUrl);

  test('come from the host that was asked, or from the public address', () => {
    expect(ask('http://127.0.0.1:4000', '127.0.0.1:4000')).toBe(true);
    expect(ask('https://Volley.Brand.example', 'volley.brand.example')).toBe(true);
    const publicUrl = 'https://volley.brand.example/base';
    expect(ask('https://volley.brand.example', '10.0.0.7:4000', publicUrl)).toBe(true);
  });

  test('come from nowhere else', () => {
    expect(ask('http://evil.example', '127.0.0.1:4000', 'https://volley.brand.example')).toBe(
      false,
    );
    expect(ask('http://127.0.0.1:5173', '127.0.0.1:4000')).toBe(false);
    expect(ask('null', '127.0.0.1:4000')).toBe(false);
  });
});
