import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRenderings, type ShadowRendering } from '../../../src/pixels/shadow.ts';

const B = 'https://affiliate.example';
const SIGNATURE = 'a'.repeat(64);

function call(finalUrl: string | null, changes: Partial<ShadowRendering> = {}): ShadowRendering {
  const nothing = { method: 'GET', body: null, skipReason: null, unresolved: [], signatures: [] };
  return { ...nothing, finalUrl, ...changes } as ShadowRendering;
}

describe('compareRenderings', () => {
  test.each([
    ['a value', '?a=1&b=2', '?a=1&b=3', [['?b', 'b=2', 'b=3']]],
    ['a new parameter', '?a=1', '?a=1&b=3', [['?b', null, 'b=3']]],
    ['a dropped parameter', '?a=1&b=2', '?b=2', [['?a', 'a=1', null]]],
    ['a repeated parameter', '?a=1&a=2', '?a=2&a=1', [['?a', 'a=1&a=2', 'a=2&a=1']]],
    ['one copy less', '?a=1&a=1', '?a=1', [['?a', 'a=1&a=1', 'a=1']]],
    ['order alone', '?a=1&b=2', '?b=2&a=1', [['query', 'a=1&b=2', 'b=2&a=1']]],
    ['the path', '/x?a=1', '/y?a=1', [['path', `${B}/x`, `${B}/y`]]],
    ['an empty value', '?a', '?a=', [['?a', 'a', 'a=']]],
    ['an encoding', '?a=%20', '?a=+', [['?a', 'a=%20', 'a=+']]],
    ['a question mark', '/', '/?', [['?', null, '']]],
  ])('%s', (_title, before, after, changes) => {
    const found = compareRenderings(call(`${B}${before}`), call(`${B}${after}`));

    expect(found).toEqual(changes.map(([part, was, is]) => ({ part, before: was, after: is })));
  });

  test('names the method and the body', () => {
    const before = call(`${B}/`);
    const after = call(`${B}/`, { method: 'POST', body: 'a=1' });

    expect(compareRenderings(before, after)).toEqual([
      { part: 'method', before: 'GET', after: 'POST' },
      { part: 'body', before: null, after: 'a=1' },
    ]);
  });

  test('a call that is no longer made differs in its reason only', () => {
    const after = call(null, { skipReason: 'REQUIRED_VALUE_MISSING' });

    expect(compareRenderings(call(`${B}/?a=1`), after)).toEqual([
      { part: 'skipReason', before: null, after: 'REQUIRED_VALUE_MISSING' },
    ]);
    expect(compareRenderings(after, after)).toEqual([]);
  });

  test('a signature follows from the rest and is no difference, its name is', () => {
    const other = 'b'.repeat(64);
    const before = call(`${B}/?a=1&sig=${SIGNATURE}`, { signatures: [SIGNATURE] });
    const after = call(`${B}/?a=2&sig=${other}`, { signatures: [other] });
    const renamed = call(`${B}/?a=1&s=${other}`, { signatures: [other] });

    expect(compareRenderings(before, after)).toEqual([{ part: '?a', before: 'a=1', after: 'a=2' }]);
    expect(compareRenderings(before, renamed).map(({ part }) => part)).toEqual(['?sig', '?s']);
  });

  test('finds a difference exactly when something that is sent differs', () => {
    const url = fc
      .array(fc.constantFrom('a=1', 'a=2', 'b=1', 'b', '', 'a', '?'), { maxLength: 4 })
      .map((pairs) => `${B}/${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`);
    const body = fc.constantFrom(null, '', 'a=1');

    fc.assert(
      fc.property(url, url, body, body, (one, two, first, second) => {
        const changes = compareRenderings(call(one, { body: first }), call(two, { body: second }));
        expect(changes.length > 0).toBe(one !== two || first !== second);
      }),
    );
  });
});
