import { describe, expect, it } from 'vitest';
import { readDevice, readLanguage } from '../../../src/clicks/visitor.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const PHONE =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36';
const IPAD =
  'Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1';
const NOTHING = { deviceType: null, os: null, browser: null };

describe('readDevice', () => {
  it.each([
    [FIREFOX, { deviceType: 'desktop', os: 'Linux', browser: 'Firefox' }],
    [PHONE, { deviceType: 'mobile', os: 'Android', browser: 'Chrome' }],
    [IPAD, { deviceType: 'tablet', os: 'iOS', browser: 'Safari' }],
    ['curl/8.5', NOTHING],
    ['', NOTHING],
    [null, NOTHING],
  ])('reads %s', (userAgent, device) => {
    expect(readDevice(userAgent)).toEqual(device);
  });

  it('reads hostile lines without a fault', () => {
    for (const line of ['('.repeat(1_024), 'Mozilla/'.repeat(128), '\\', '__proto__']) {
      expect(readDevice(line)).toMatchObject({ browser: null });
    }
  });
});

describe('readLanguage', () => {
  it.each([
    ['de-DE,de;q=0.9,en;q=0.8', 'de'],
    ['en;q=0.3, fr-CH;q=0.9 , *;q=0.5', 'fr'],
    ['pt-BR', 'pt'],
    ['EN-us', 'en'],
    ['de;q=0, it;q=0.1', 'it'],
    ['en;q=nonsense, es;q=0.5', 'es'],
    ['*', null],
    ['<script>', null],
    ['', null],
    [null, null],
  ])('reads %j as %j', (header, language) => {
    expect(readLanguage(header)).toBe(language);
  });
});
