import { describe, expect, test } from 'vitest';
import { defuseFormula } from '../../../src/platform/formula.ts';

const CALL = 'HYPERLINK("http://evil.example")';

describe('a cell that a spreadsheet would run', () => {
  test.each(
    [
      '=',
      '+',
      '-',
      '@',
      '\uff1d',
      '\uff0b',
      '\uff0d',
      '\uff20',
      '\ufe66',
      '\ufe62',
      '\ufe63',
      '\ufe6b',
      '\u2212',
    ].flatMap((sign) => [
      sign,
      ` ${sign}`,
      `"${sign}`,
      `'${sign}`,
      `\u00a0${sign}`,
      `\ufeff${sign}`,
      `\u200b "${sign}`,
    ]),
  )('is text with a mark before %j', (start) => {
    expect(defuseFormula(`${start}${CALL}`)).toBe(`'${start}${CALL}`);
  });

  test.each(['\t', '\r', '\n', '\r\n', '\t1'])('may begin with %j', (start) => {
    expect(defuseFormula(`${start}text`)).toBe(`'${start}text`);
  });
});

test.each([
  '',
  ' ',
  '1122223444455565666',
  '01a204c104867576a6fb21417e48ae2b',
  'https://affiliate.example/?a=-1+1@x',
  'a=1',
  '"quoted"',
  "it's",
  '1-1',
  '.5',
  '\u{1f600}=',
])('%j stays as it is', (cell) => {
  expect(defuseFormula(cell)).toBe(cell);
});
