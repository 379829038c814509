import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRawQuery, percentDecode, percentEncode } from '../../../src/clicks/raw-query.ts';

const anyText = fc.string({ unit: 'binary' });
const anyCodeUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }))
  .map((units) => String.fromCharCode(...units));

describe('parseRawQuery', () => {
  it('keeps order and repeats', () => {
    expect(parseRawQuery('b=1&a=2&b=3')).toEqual([
      { name: 'b', value: '1' },
      { name: 'a', value: '2' },
      { name: 'b', value: '3' },
    ]);
  });

  it('parts a pair at its first equals sign', () => {
    expect(parseRawQuery('id=YQ==')).toEqual([{ name: 'id', value: 'YQ==' }]);
  });

  it('reads a name without equals sign as an empty value', () => {
    expect(parseRawQuery('a&b=')).toEqual([
      { name: 'a', value: '' },
      { name: 'b', value: '' },
    ]);
  });

  it('drops pairs with an empty name', () => {
    expect(parseRawQuery('&=x&&a=1&')).toEqual([{ name: 'a', value: '1' }]);
  });

  it('keeps a plus as a plus in names and values', () => {
    expect(parseRawQuery('a+b=c+d')).toEqual([{ name: 'a+b', value: 'c+d' }]);
  });

  it('decodes names like values, after parting them', () => {
    expect(parseRawQuery('a%3Db=c%26d')).toEqual([{ name: 'a=b', value: 'c&d' }]);
  });
});

describe('percentDecode', () => {
  it.each([
    ['a%2Bb%2F%3D', 'a+b/='],
    ['%C3%A9%E2%82%AC%F0%9F%98%80', 'é€😀'],
    ['%2541', '%41'],
    ['%c3%a9', 'é'],
  ])('decodes %j once to %j', (typed, decoded) => {
    expect(percentDecode(typed)).toBe(decoded);
  });

  it.each([
    ['a lone percent sign', '100%', '100%'],
    ['a cut escape', '%4', '%4'],
    ['no hex digits', '%zz%41', '%zzA'],
    ['a cut UTF-8 sequence', '%C3x%41', '%C3xA'],
    ['a lead byte before a whole sequence', '%C3%C3%A9', '%C3é'],
    ['a tail byte alone', '%A9', '%A9'],
    ['an overlong form', '%C0%AF', '%C0%AF'],
    ['an encoded surrogate', '%ED%A0%80', '%ED%A0%80'],
    ['a code point beyond Unicode', '%F4%90%80%80', '%F4%90%80%80'],
    ['a macro nobody filled', '%%SUB_ID%%', '%%SUB_ID%%'],
  ])('leaves %s as typed', (_, typed, decoded) => {
    expect(percentDecode(typed)).toBe(decoded);
  });

  it('agrees with the standard decoder wherever that does not throw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('%C3', '%A9', '%E2', '%82', '%41', 'x', '%', '+')),
        (parts) => {
          const typed = parts.join('');
          try {
            expect(percentDecode(typed)).toBe(decodeURIComponent(typed));
          } catch (error) {
            if (!(error instanceof URIError)) throw error;
          }
        },
      ),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(anyCodeUnits, (text) => void percentDecode(`%${text}%`)));
  });
});

describe('percentEncode', () => {
  it('leaves only the unreserved characters of RFC 3986', () => {
    fc.assert(
      fc.property(anyCodeUnits, (text) => {
        expect(percentEncode(text)).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
      }),
    );
  });

  it('encodes all ASCII punctuation but four characters', () => {
    const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

    expect(percentEncode(ascii).replace(/%[0-9A-F]{2}|[A-Za-z0-9]/g, '')).toBe('-._~');
  });

  it('is undone by percentDecode', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(percentDecode(percentEncode(text))).toBe(text);
      }),
    );
  });

  it('writes a lone surrogate as the replacement character', () => {
    expect(percentEncode('a\ud800b')).toBe('a%EF%BF%BDb');
  });
});
