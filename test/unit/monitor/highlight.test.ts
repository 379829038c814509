import { describe, expect, test } from 'vitest';
import { highlight, type Piece } from '../../../monitor/src/highlight.ts';

const HOST = 'https://affiliate.example';

/** Values in brackets, what had none in braces, the host in angles. */
function draw(pieces: readonly Piece[]): string {
  const signs = { host: '<>', text: '  ', value: '[]', unresolved: '{}' };
  return pieces
    .map(({ kind, text }) => `${signs[kind][0]}${text}${signs[kind][1]}`.trim())
    .join('');
}

describe('a final URL beside its template', () => {
  test.each([
    ['/?id={affclickid}&sum={amount}', '/?id=11&sum=50', '/?id=[11]&sum=[50]'],
    ['/{affid}/p?x={a}{b}', '/101/p?x=', '/[101]/p?x={}{}'],
    ['/?id={a}&src=x&tx={transaction_id}', '/?id=1&src=x', '/?id=[1]&src=x'],
    ['/?id={unknown}', '/?id=%7Bunknown%7D', '/?id={%7Bunknown%7D}'],
    ['/?d={amount|fixed:2}#end', '/?d=5.00#end', '/?d=[5.00]#end'],
  ])('%s as %s', (template, finalUrl, drawn) => {
    const { finalUrl: pieces } = highlight(HOST + template, HOST + finalUrl);

    expect(draw(pieces)).toBe(`<${HOST}>${drawn}`);
    expect(pieces.map(({ text }) => text).join('')).toBe(HOST + finalUrl);
  });

  test('the URL of another template is shown as it is', () => {
    const { finalUrl } = highlight(`${HOST}/a?id={a}`, `${HOST}/b?x=1`);

    expect(draw(finalUrl)).toBe(`<${HOST}>/b?x=1`);
  });

  test('takes linear time, whatever was typed', () => {
    const template = `${HOST}/?${'{a}b'.repeat(500)}`;
    const began = performance.now();

    highlight(template, `${HOST}/?${'b'.repeat(8_000)}c`);

    expect(performance.now() - began).toBeLessThan(500);
  });
});
