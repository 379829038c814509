import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCurrency } from '../../../src/platform/currency.ts';
import { formatMoney, multiplyMoney, parseMoney, roundMoney } from '../../../src/platform/money.ts';

describe('parseMoney', () => {
  it.each([
    ['50', '50'],
    ['50.00', '50'],
    ['50.50', '50.5'],
    ['0.10', '0.1'],
    ['007', '7'],
    ['-12.30', '-12.3'],
    ['-0.0', '0'],
    ['100', '100'],
    ['12345678901234567890.0123456789', '12345678901234567890.0123456789'],
  ])('reads %s as %s', (text, amount) => {
    expect(parseMoney(text)).toEqual({ ok: true, amount });
  });

  it.each(['', ' 50', '50 ', '1,000', '1e5', '.5', '5.', '+5', 'abc', 'NaN', '٥', '0x10', '5\n'])(
    'refuses %j as no decimal number',
    (text) => {
      const reading = parseMoney(text);

      expect(reading).toEqual({ ok: false, message: expect.stringContaining('decimal number') });
    },
  );

  it('refuses more digits than fit, with the numbers', () => {
    expect(parseMoney('123456789012345678901')).toEqual({
      ok: false,
      message:
        'has 21 digits before and 0 after the point, ' +
        'at most 20 before and 10 after are allowed',
    });
    expect(parseMoney('1.12345678901').ok).toBe(false);
  });
});

describe('formatMoney', () => {
  it('leaves text that is no number as it is', () => {
    expect(formatMoney('n/a')).toBe('n/a');
  });

  it('prints every way to write a number the same way', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat({ max: 5 }), fc.nat({ max: 5 }), (whole, left, right) => {
        const sign = whole < 0n ? '-' : '';
        const digits = (whole < 0n ? -whole : whole).toString();
        const padded = `${sign}${'0'.repeat(left)}${digits}.${'0'.repeat(right + 1)}`;

        expect(formatMoney(padded)).toBe(whole.toString());
      }),
    );
  });
});

describe('roundMoney', () => {
  it.each([
    ['50', 2, '50.00'],
    ['0.125', 2, '0.13'],
    ['-0.125', 2, '-0.13'],
    ['0.1249999999', 2, '0.12'],
    ['2.5', 0, '3'],
    ['-2.5', 0, '-3'],
    ['-0.4', 0, '0'],
    ['1.005', 2, '1.01'],
    ['99999999999999999999.999', 2, '100000000000000000000.00'],
    ['n/a', 2, 'n/a'],
  ])('rounds %s to %i places as %s, half away from zero', (text, places, rounded) => {
    expect(roundMoney(text, places)).toBe(rounded);
  });
});

describe('multiplyMoney', () => {
  it.each([
    ['0.1', '0.2', '0.02'],
    ['1.1', '100', '110'],
    ['-3', '0.5', '-1.5'],
    ['12345678901234567890', '10', '123456789012345678900'],
    ['n/a', '10', 'n/a'],
  ])('multiplies %s by %s to exactly %s', (text, factor, product) => {
    expect(multiplyMoney(text, factor)).toBe(product);
  });
});

describe('isCurrency', () => {
  it.each(['USD', 'EUR', 'JPY', 'VED', 'XAU'])('knows %s', (code) => {
    expect(isCurrency(code)).toBe(true);
  });

  it.each(['usd', 'US', 'BTC', 'XXX', '', 'USDT'])('does not know %j', (code) => {
    expect(isCurrency(code)).toBe(false);
  });
});
