import { describe, expect, test } from 'vitest';
import { findFormProblem, originForm, splitTarget } from '../../../src/http/request-form.ts';

test.each([
  ['/click?a=1', '/click?a=1'],
  ['http://volley.example/click?a=1', '/click?a=1'],
  ['HTTPS://volley.example:4000/click', '/click'],
  ['http://volley.example', '/'],
  ['http://volley.example?a=1', '/?a=1'],
  ['http://user@evil.example/click', '/click'],
  ['//evil.example/click', '//evil.example/click'],
  ['http:///click', '/click'],
  ['http:/click', 'http:/click'],
  ['ftp://volley.example/click', 'ftp://volley.example/click'],
  ['*', '*'],
])('the target %s is read as %s', (target, expected) => {
  expect(originForm(target)).toBe(expected);
});

test('path and query part at the first question mark', () => {
  expect(splitTarget('/click?a=1?b')).toEqual(['/click', 'a=1?b']);
  expect(splitTarget('/click')).toEqual(['/click', '']);
});

describe('the form of a request', () => {
  const find = (rawHeaders: string[], httpVersion = '1.1') =>
    findFormProblem({ rawHeaders, httpVersion, headers: {} });

  test('one host is right, and HTTP/1.0 needs none', () => {
    expect(find(['Host', 'volley.example'])).toBeNull();
    expect(find(['accept', 'host'], '1.0')).toBeNull();
  });

  test('another version is refused', () => {
    expect(find(['host', 'a'], '2.0')).toMatchObject({ status: 400 });
    expect(find(['host', 'a'], '0.9')).toMatchObject({ status: 400 });
  });

  test('none and two are refused', () => {
    expect(find(['accept', 'host'])).toMatchObject({ status: 400 });
    expect(find(['host', 'a', 'HOST', 'b'])).toMatchObject({ status: 400 });
    expect(find(['host', 'a', 'HOST', 'b'], '1.0')).toMatchObject({ status: 400 });
  });

  test('100 headers are read and 101 refused', () => {
    const headers = (count: number) => ['host', 'a', ...Array(2 * (count - 1)).fill('x')];
    expect(find(headers(100))).toBeNull();
    expect(find(headers(101))).toEqual({
      status: 431,
      error: 'the request has more than 100 headers',
    });
  });
});
