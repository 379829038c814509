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

/** The whole language, as it was specified: canonical names, and for each all its aliases. */
const SPECIFIED: Record<string, string> = {
  affid: 'aff_id affiliate_id affiliateid pid publisher_id',
  affclickid: 'aff_click_id affiliate_click_id external_id externalid',
  campaign: 'campaign_id campaignid cmp',
  offer_id: 'offerid oid',
  amount: 'event_amount deposit_amount sale_amount order_sum',
  currency: 'amount_currency order_currency',
  clickid: 'click_id_internal session_id',
  payout: 'commission sum price payout_sum',
  payout_currency: '',
  event: 'event_name event_type goal goal_id type',
  event_id: '',
  status: 'conversion_status conv_status cnv_status',
  transaction_id: 'transactionid txid tid order_id',
  conversion_id: 'lead_id leadid action_id',
  customer_id: 'user_id player_id registration_id',
  campaign_name: '',
  offer_name: '',
  brand_id: 'advertiser_id',
  brand_name: 'advertiser_name',
  partner_type: '',
  creative_id: 'cid media_id',
  link_id: '',
  landing_id: '',
  sub1: 'aff_sub aff_sub1 s1 subid1 sub_id1',
  ...Object.fromEntries(
    [2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => [`sub${n}`, `aff_sub${n} s${n} subid${n} sub_id${n}`]),
  ),
  source: 'source_id traffic_source',
  country: 'geo country_code',
  region: '',
  city: '',
  ip: '',
  user_agent: 'uagent ua',
  device_type: '',
  os: '',
  browser: '',
  language: '',
  referrer: 'referer',
  click_time: 'click_date',
  event_time: 'datetime date',
  fire_time: '',
  click_ts: '',
  event_ts: 'timestamp utcunixtime unixtime',
  fire_ts: '',
  postback_id: 'delivery_id rand ran',
  attempt: '',
  sig: 'signature',
  sig_ts: '',
  test: 'is_test',
};

describe('the catalogue as it was specified', () => {
  it('holds exactly these names', () => {
    expect(PLACEHOLDERS.map(({ name }) => name).sort()).toEqual(Object.keys(SPECIFIED).sort());
  });

  it.each(Object.entries(SPECIFIED))(
    '{%s} has the aliases "%s", and each means it',
    (name, all) => {
      const aliases = all.split(' ').filter(Boolean);

      expect(findPlaceholder(name)).toMatchObject({
        placeholder: { name },
        by: 'NAME',
        exact: true,
      });
      expect(findPlaceholder(name)?.placeholder.aliases.toSorted()).toEqual(aliases.toSorted());
      for (const alias of aliases) {
        const found = { placeholder: { name }, by: 'ALIAS' };
        expect(findPlaceholder(alias)).toMatchObject({ ...found, exact: true });
        expect(findPlaceholder(alias.toUpperCase())).toMatchObject({ ...found, exact: false });
      }
    },
  );
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
