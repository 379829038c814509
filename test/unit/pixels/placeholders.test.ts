import { describe, expect, it } from 'vitest';
import { findPlaceholder, PLACEHOLDERS, suggestName } from '../../../src/pixels/placeholders.ts';

describe('PLACEHOLDERS', () => {
  it('uses every name once, also when letter case is ignored', () => {
    const names = PLACEHOLDERS.flatMap(({ name, aliases }) => [name, ...aliases]);

    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('has a description and a sample for every name', () => {
    for (const { description, sample } of PLACEHOLDERS) {
      expect(description).not.toBe('');
      expect(sample).not.toBe('');
    }
  });

  it('marks money and status', () => {
    const marked = PLACEHOLDERS.filter(({ moneyOrStatus }) => moneyOrStatus);

    expect(marked.map(({ name }) => name)).toEqual([
      'amount',
      'currency',
      'payout',
      'payout_currency',
      'status',
    ]);
  });
});

describe('findPlaceholder', () => {
  it.each([
    ['affid', 'affid', 'NAME', true],
    ['AffID', 'affid', 'NAME', false],
    ['aff_id', 'affid', 'ALIAS', true],
    ['TXID', 'transaction_id', 'ALIAS', false],
    ['delivery_id', 'postback_id', 'ALIAS', true],
    ['aff_sub', 'sub1', 'ALIAS', true],
    ['s10', 'sub10', 'ALIAS', true],
  ])('finds %s as %s', (name, canonical, by, exact) => {
    const found = findPlaceholder(name);

    expect(found?.placeholder.name).toBe(canonical);
    expect(found).toMatchObject({ by, exact });
  });

  it.each(['trackid', 'sub11', 'constructor', '__proto__', ''])('knows nothing of %j', (name) => {
    expect(findPlaceholder(name)).toBeNull();
  });
});

describe('suggestName', () => {
  const candidates = ['affclickid', 'amount', 'os', 'test'];

  it.each([
    ['afclickid', 'affclickid'],
    ['affclikcid', 'affclickid'],
    ['aff_click_id', 'affclickid'],
    ['Amuont', 'amount'],
    ['tets', 'test'],
  ])('guesses for %s that %s was meant', (typed, meant) => {
    expect(suggestName(typed, candidates)).toBe(meant);
  });

  it.each(['whatever', 'x', 'amount', ''])('guesses nothing for %j', (typed) => {
    expect(suggestName(typed, candidates)).toBeNull();
  });
});
