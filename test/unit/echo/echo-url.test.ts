import { describe, expect, test } from 'vitest';
import { readEchoPath, readOwnEcho } from '../../../src/echo/echo-url.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const OWN = 'http://127.0.0.1:4000';

describe('a path of an echo receiver', () => {
  test.each([
    [`/echo/${TOKEN}`, { token: TOKEN, path: '', query: 'a=1' }],
    [`/echo/${TOKEN}/`, { token: TOKEN, path: '/', query: 'a=1' }],
    [`/echo/${TOKEN}/a/b%2F..//`, { token: TOKEN, path: '/a/b%2F..//', query: 'a=1' }],
  ])('%s names a token and what stands behind it', (path, expected) => {
    expect(readEchoPath(path, 'a=1')).toEqual(expected);
  });

  test.each([
    ['/echo/'],
    [`/echo/${TOKEN}0`],
    [`/echo/${TOKEN.slice(1)}`],
    [`/echo/${TOKEN.toUpperCase()}`],
    [`/echo/${TOKEN}x/`],
    [`/echo//${TOKEN}`],
    [`/Echo/${TOKEN}`],
    [`/echo/${TOKEN}\n`],
  ])('%j names none', (path) => {
    expect(readEchoPath(path, '')).toBeNull();
  });
});

describe('a URL of this service’s own echo receivers', () => {
  test.each([
    [OWN, `${OWN}/echo/${TOKEN}`, ''],
    [OWN, `${OWN}/echo/${TOKEN}/pb?sum=50`, '/pb'],
    [OWN, `HTTP://127.0.0.1:4000/echo/${TOKEN}`, ''],
    [OWN, `http://127.1:4000/echo/${TOKEN}`, ''],
    // Reading resolves it, as the client that would dial it does.
    [OWN, `${OWN}/graphql/../echo/${TOKEN}`, ''],
    ['https://volley.example', `https://VOLLEY.example:443/echo/${TOKEN}`, ''],
    ['https://volley.example/base', `https://volley.example/base/echo/${TOKEN}/x`, '/x'],
  ])('of %s: %s is one', (publicUrl, url, path) => {
    expect(readOwnEcho(publicUrl, url)).toMatchObject({ token: TOKEN, path });
  });

  test.each([
    ['another route', `${OWN}/graphql`],
    ['another route', `${OWN}/metrics?/echo/${TOKEN}`],
    ['a way out by dots', `${OWN}/echo/${TOKEN}/../../graphql`],
    ['a way out by dots', `${OWN}/echo/../graphql`],
    ['a way out by escaped dots', `${OWN}/echo/${TOKEN}/%2e%2E/.%2e/event`],
    ['a way out by backslashes', `${OWN}/echo/${TOKEN}\\..\\..\\graphql`],
    ['a way out by tabs in dots', `${OWN}/echo/${TOKEN}/.\t./..\n/graphql`],
    ['no token', `${OWN}/echo/admin`],
    ['no token', `${OWN}/echo/`],
    ['a token in the fragment', `${OWN}/#/echo/${TOKEN}`],
    ['another port', `http://127.0.0.1:4001/echo/${TOKEN}`],
    ['another scheme', `https://127.0.0.1:4000/echo/${TOKEN}`],
    ['another name of the same machine', `http://localhost:4000/echo/${TOKEN}`],
    ['another host behind a user name', `http://127.0.0.1:4000@10.0.0.1/echo/${TOKEN}`],
    ['a user name', `http://me@127.0.0.1:4000/echo/${TOKEN}`],
    ['no URL', `/echo/${TOKEN}`],
    ['an opaque one', `data:/echo/${TOKEN}`],
  ])('%s is none: %j', (_what, url) => {
    expect(readOwnEcho(OWN, url)).toBeNull();
  });

  test('of a public URL with a path, only what is below it', () => {
    const base = 'https://volley.example/base';
    expect(readOwnEcho(base, `https://volley.example/echo/${TOKEN}`)).toBeNull();
    expect(readOwnEcho(base, `https://volley.example/basement/echo/${TOKEN}`)).toBeNull();
    expect(readOwnEcho(base, `https://volley.example/base/../echo/${TOKEN}`)).toBeNull();
  });

  test('of a service that does not serve yet there is none', () => {
    expect(readOwnEcho('', `/echo/${TOKEN}`)).toBeNull();
    expect(readOwnEcho('', `${OWN}/echo/${TOKEN}`)).toBeNull();
  });
});
