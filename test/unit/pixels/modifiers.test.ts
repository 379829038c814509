import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyModifiers,
  MODIFIER_NAMES,
  type Modifier,
  parseModifier,
} from '../../../src/pixels/modifiers.ts';

const context = { hasSecret: true, allowRaw: true };

describe('applyModifiers', () => {
  it.each([
    ['abc', 'default:x', 'abc'],
    [null, 'default:x', 'x'],
    ['', 'default:not%20set', 'not set'],
    ['a b', 'raw', 'a b'],
    ['AbÉ', 'lower', 'abé'],
    ['abé', 'upper', 'ABÉ'],
    [' a b ', 'trim', 'a b'],
    ['😀😀😀', 'first:2', '😀😀'],
    ['ab', 'first:5', 'ab'],
    ['50', 'fixed:2', '50.00'],
    ['0.125', 'fixed:2', '0.13'],
    ['-0.125', 'fixed:2', '-0.13'],
    ['2.5', 'fixed:0', '3'],
    ['50', 'cents', '5000'],
    ['50.5', 'cents', '5050'],
    ['0.125', 'cents', '12.5'],
    ['80', 'percent:50', '40'],
    ['0.1', 'percent:12.5', '0.0125'],
    ['99999999999999999999', 'percent:200', '199999999999999999998'],
    ['approved', 'map:approved=1,rejected=2', '1'],
    ['rejected', 'map:approved=1,rejected=2', '2'],
    ['pending', 'map:approved=1,rejected=2', 'pending'],
    ['a,b', 'map:a%2Cb=c%3Dd', 'c=d'],
    ['abc', 'md5', '900150983cd24fb0d6963f7d28e17f72'],
    ['abc', 'sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['abc', 'sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['é?>', 'base64url', 'w6k_Pg'],
    ['a b/é', 'enc2', 'a%20b%2F%C3%A9'],
    ['abc', 'hmac', '9946dad4e00e913fc8be8e5d3f7e110a4a9e832f83fb09c345285d78638d8a0e'],
  ])('turns %j by %s into %j', (value, text, result) => {
    expect(apply(value, text)).toBe(result);
  });

  it.each([
    ['2026-03-01T12:30:05.678Z', 'date:yyyy-MM-dd', '2026-03-01'],
    ['2026-03-01T12:30:05.678Z', 'date:dd.MM.yyyy%20HH:mm:ss.SSS', '01.03.2026 12:30:05.678'],
    ['2026-07-01T23:30:00Z', 'date:yyyy-MM-dd%20HH:mm,Europe/Rome', '2026-07-02 01:30'],
    ['2026-07-01T23:30:00Z', 'date:iso,Europe/Rome', '2026-07-02T01:30:00+02:00'],
    ['2026-07-01T00:00:00Z', 'date:HH', '00'],
    ['2026-07-01T00:00:00Z', 'date:iso', '2026-07-01T00:00:00+00:00'],
    ['2026-03-01T12:00:00.500Z', 'date:unix', '1772366400'],
    ['2026-03-01T12:00:00.500Z', 'date:unixms', '1772366400500'],
    ['1772366400', 'date:yyyy%2CMM', '2026,03'],
    ['soon', 'date:yyyy', 'soon'],
    ['2026-13-99T00:00:00Z', 'date:yyyy', '2026-13-99T00:00:00Z'],
  ])('prints %s by %s as %s', (value, text, result) => {
    expect(apply(value, text)).toBe(result);
  });

  it.each(['fixed:2', 'cents', 'percent:50'])('lets text that is no number pass %s', (text) => {
    expect(apply('n/a', text)).toBe('n/a');
    expect(apply('1e5', text)).toBe('1e5');
  });

  it('applies from left to right', () => {
    expect(apply(' 12.345 ', 'trim', 'cents', 'fixed:0')).toBe('1235');
    expect(apply('x', 'map:x=', 'default:none')).toBe('none');
    expect(apply(null, 'upper', 'default:none', 'upper')).toBe('NONE');
  });

  it.each(MODIFIER_NAMES.filter((name) => name !== 'default'))(
    'does not make a value out of nothing by %s',
    (name) => {
      const text = { first: 'first:1', fixed: 'fixed:2', percent: 'percent:5', map: 'map:a=b' }[
        name
      ];
      const modifier = text ?? (name === 'date' ? 'date:yyyy' : name);

      expect(apply(null, modifier)).toBeNull();
      expect(apply('', modifier)).toBe('');
    },
  );

  it('has no hmac without a secret', () => {
    expect(applyModifiers('abc', [{ name: 'hmac', args: [] }], null)).toBeNull();
  });

  it('rounds to the nearest cent for every amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (thousandths) => {
        const typed = `${thousandths / 1000n}.${(thousandths % 1000n).toString().padStart(3, '0')}`;
        const cents = (thousandths + 5n) / 10n;
        const expected = `${cents / 100n}.${(cents % 100n).toString().padStart(2, '0')}`;

        expect(apply(typed, 'fixed:2')).toBe(expected);
      }),
    );
  });
});

describe('parseModifier', () => {
  it.each([
    ['uper', 'did you mean upper?'],
    ['whatever', 'known are default, raw'],
    ['constructor', 'unknown modifier'],
    ['', 'unknown modifier'],
    ['lower:x', 'not of the form lower'],
    ['default', 'not of the form default:text'],
    ['default:', 'not of the form default:text'],
    ['first:0', 'n from 1 to 1024'],
    ['first:1025', 'n from 1 to 1024'],
    ['fixed:11', 'n from 0 to 10'],
    ['fixed:-1', 'n from 0 to 10'],
    ['percent:x', 'not of the form percent:n'],
    ['map:a', 'not of the form map:from=to'],
    ['map:=b', 'not of the form map:from=to'],
    ['date:Y-m-d', 'not of the form date:format,zone'],
    ['date:yyyy,Mars/Base', 'not of the form date:format,zone'],
  ])('refuses %j', (text, reason) => {
    const reading = parseModifier(text, context);

    expect(reading).toEqual({ ok: false, message: expect.stringContaining(reason) });
  });

  it('refuses hmac for a pixel without secret', () => {
    expect(parseModifier('hmac', { ...context, hasSecret: false }).ok).toBe(false);
  });

  it('refuses raw where the operator does not allow it', () => {
    expect(parseModifier('raw', { ...context, allowRaw: false }).ok).toBe(false);
  });
});

function apply(value: string | null, ...texts: string[]): string | null {
  const modifiers: Modifier[] = texts.map((text) => {
    const reading = parseModifier(text, context);
    if (!reading.ok) throw new Error(reading.message);
    return reading.modifier;
  });
  return applyModifiers(value, modifiers, 'secret');
}
