import { expect, test } from 'vitest';
import { fillLandingUrl, findLandingUrlProblem } from '../../../src/clicks/landing-url.ts';

test.each([
  ['https://b.example/', 'https://b.example/?clickid=abc'],
  ['https://b.example', 'https://b.example?clickid=abc'],
  ['https://b.example/?a=1', 'https://b.example/?a=1&clickid=abc'],
  ['https://b.example/?', 'https://b.example/?clickid=abc'],
  ['https://b.example/?a=1&', 'https://b.example/?a=1&clickid=abc'],
  ['https://b.example/?a=1#top', 'https://b.example/?a=1&clickid=abc#top'],
  ['https://b.example/#a?b', 'https://b.example/?clickid=abc#a?b'],
  ['https://b.example/{clickid}/x', 'https://b.example/abc/x'],
  ['https://b.example/?s={clickid}&t={clickid}', 'https://b.example/?s=abc&t=abc'],
])('%s becomes %s', (landingUrl, filled) => {
  expect(fillLandingUrl(landingUrl, 'abc')).toBe(filled);
});

test.each([
  ['javascript:alert(1)', /absolute http or https/],
  ['data:text/html,x', /absolute http or https/],
  ['vbscript:x', /absolute http or https/],
  ['file:///etc/passwd', /absolute http or https/],
  ['ftp://brand.example/', /absolute http or https/],
  ['//evil.example/', /absolute http or https/],
  ['/welcome', /absolute http or https/],
  ['brand.example', /absolute http or https/],
  ['https:brand.example', /absolute http or https/],
  ['https:/\\evil.example', /position 8/],
  [' https://brand.example/', /position 1/],
  ['java\tscript:alert(1)', /position 5/],
  ['https://brand.example/\r\nset-cookie: a=1', /position 23/],
  ['https://brand.example/\u0000', /position 23/],
  ['https://brand.example/\u0085', /position 23/],
  ['https://brand.example/\u2028', /position 23/],
  ['https://brand.example\\@evil.example/', /position 22/],
  ['https://brand.example/a b', /position 24/],
  ['https://user:secret@brand.example/', /user name/],
  ['https://brand.example@evil.example/', /user name/],
  ['https://{clickid}.brand.example/', /behind the host/],
  ['https://brand.example:{clickid}/', /behind the host/],
  ['https://', /absolute/],
  ['https:///evil.example', /absolute/],
  ['https://brand.example:99999/', /valid/],
  ['https://brand\uff0f.example/', /valid/],
])('no visitor is sent to %j', (url, problem) => {
  expect(findLandingUrlProblem(url)).toMatch(problem);
});

test.each([
  'https://brand.example',
  'HTTP://brand.example:8080/a?b=c@d#{clickid}',
  'https://[2001:db8::1]/{clickid}',
  'https://m\u00fcnchen.example/\u4e2d?x=\u00e9',
  'https://brand.example/@user/%0d%0a',
])('visitors may be sent to %j', (url) => {
  expect(findLandingUrlProblem(url)).toBeNull();
});
