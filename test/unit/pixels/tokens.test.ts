import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BraceRule, splitTokens, tokenize } from '../../../src/pixels/tokens.ts';

const context = { hasSecret: false, allowRaw: true };

describe('tokenize', () => {
  it('tells text from placeholders, with their places', () => {
    const { tokens, refusals } = tokenize('a={x|upper}&b', 'STRICT', context);

    expect(refusals).toEqual([]);
    expect(tokens).toEqual([
      { kind: 'text', text: 'a=', offset: 0 },
      {
        kind: 'placeholder',
        name: 'x',
        modifiers: [{ name: 'upper', args: [] }],
        written: 'x|upper',
        offset: 2,
      },
      { kind: 'text', text: '&b', offset: 11 },
    ]);
  });

  it('reads encoded braces as a placeholder, with a notice', () => {
    const { tokens, notices } = tokenize('a=%7Bx%7Cfirst:2%7d', 'STRICT', context);

    expect(tokens[1]).toMatchObject({ name: 'x', written: 'x|first:2', offset: 2 });
    expect(notices).toEqual(['%7Bx%7Cfirst:2%7d at position 3 is read as {x|first:2}']);
  });

  it('leaves other encoded braces as static text', () => {
    const typed = 'a=%7B%22k%22:1%7D&b=%7B%7D&c=%7Bx';

    const { tokens, refusals, notices } = tokenize(typed, 'STRICT', context);

    expect(tokens).toEqual([{ kind: 'text', text: typed, offset: 0 }]);
    expect([...refusals, ...notices]).toEqual([]);
  });

  it.each([
    ['a={x', 3, 'not closed'],
    ['a=x}', 4, 'no "{" before it'],
    ['a={}', 3, 'empty braces'],
    ['a={x{y}', 3, 'not closed'],
    ['a={1x}', 3, 'a placeholder name starts with'],
    ['a={x y}', 3, 'a placeholder name starts with'],
    ['a={|upper}', 3, 'empty braces'],
    ['a={x|upr}', 3, 'unknown modifier "upr"'],
    ['a={{x}}', 3, 'write {x}'],
  ])('refuses %s at position %i', (typed, position, reason) => {
    const { refusals } = tokenize(typed, 'STRICT', context);

    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.position).toBe(position);
    expect(refusals[0]?.message).toContain(reason);
    expect(refusals[0]?.message).toContain(`position ${position}`);
  });

  it('offers single braces for double ones', () => {
    expect(tokenize('a={{x}}&b', 'STRICT', context).refusals[0]?.fix).toBe('a={x}&b');
  });

  it('finds placeholders between the braces of JSON', () => {
    const body = '{"id":"{affclickid}","n":{},"sum":{amount|fixed:2}}';

    const { tokens, refusals } = tokenize(body, 'JSON', context);

    expect(refusals).toEqual([]);
    expect(tokens.filter(({ kind }) => kind === 'placeholder')).toMatchObject([
      { name: 'affclickid' },
      { name: 'amount' },
    ]);
  });

  it('never throws and loses no text, whatever is typed', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '{{',
      '}}',
      '%7B',
      '%7D',
      'x',
      '|',
      'raw',
      'é',
      '%',
      '"',
    );
    const rule = fc.constantFrom<BraceRule>('STRICT', 'JSON');
    fc.assert(
      fc.property(fc.array(piece), rule, (pieces, braces) => {
        const typed = pieces.join('');
        const { tokens, refusals } = tokenize(typed, braces, context);
        fc.pre(refusals.length === 0 && !typed.includes('%7'));

        const again = tokens.map((token) =>
          token.kind === 'text' ? token.text : `{${token.written}}`,
        );
        expect(again.join('')).toBe(typed);
      }),
    );
  });
});

describe('splitTokens', () => {
  it('parts static text only', () => {
    const { tokens } = tokenize('a={x|map:b=c}&d=e&{y}', 'STRICT', context);

    const parts = splitTokens(tokens, '&');

    expect(parts.map((part) => part.map(({ offset }) => offset))).toEqual([[0, 2], [14], [18]]);
  });

  it('keeps further separators in the last part', () => {
    const { tokens } = tokenize('a?b?{x}?c', 'STRICT', context);

    const parts = splitTokens(tokens, '?', 2);

    expect(parts[0]).toEqual([{ kind: 'text', text: 'a', offset: 0 }]);
    expect(parts[1]?.map((token) => (token.kind === 'text' ? token.text : '*'))).toEqual([
      'b?',
      '*',
      '?c',
    ]);
  });
});
