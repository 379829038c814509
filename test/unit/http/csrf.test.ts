import { describe, expect, test } from 'vitest';
import { isForgeable } from '../../../src/http/csrf.ts';

const get = (headers: Record<string, string> = {}) => isForgeable({ method: 'GET', headers });
const post = (headers: Record<string, string> = {}) => isForgeable({ method: 'POST', headers });

describe('what any page can make a browser send', () => {
  test.each([
    undefined,
    '',
    'text/plain',
    'TEXT/PLAIN; charset=utf-8',
    ' text/plain ;application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('a POST as %s', (type) => {
    expect(post(type === undefined ? {} : { 'content-type': type })).toBe(true);
  });

  test('a GET, whatever it says of a body that it has not', () => {
    expect(get()).toBe(true);
    expect(get({ 'content-type': 'application/json', accept: 'application/json' })).toBe(true);
  });
});

describe('what a browser asks for first, or only a program sends', () => {
  test.each(['application/json', 'application/graphql', 'application/json; charset=utf-8'])(
    'a POST as %s',
    (type) => {
      expect(post({ 'content-type': type })).toBe(false);
    },
  );

  test.each(['authorization', 'apollo-require-preflight', 'x-graphql-yoga-csrf'])(
    'anything with %s, empty or not',
    (name) => {
      expect(get({ [name]: '' })).toBe(false);
      expect(post({ [name]: 'x', 'content-type': 'text/plain' })).toBe(false);
    },
  );
});
