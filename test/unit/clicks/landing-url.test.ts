import { expect, test } from 'vitest';
import { fillLandingUrl } from '../../../src/clicks/landing-url.ts';

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
