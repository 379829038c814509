import { describe, expect, it } from 'vitest';
import { PLACEHOLDERS } from '../../../src/pixels/placeholders.ts';
import { type PlaceholderFacts, placeholderValues } from '../../../src/pixels/values.ts';

describe('placeholderValues', () => {
  it.each([
    ['affid', '101', 'click'],
    ['campaign', '2001', 'click'],
    ['campaign_name', 'Spring campaign', 'context'],
    ['offer_id', 'spring', 'context'],
    ['offer_name', 'Spring offer', 'context'],
    ['partner_type', 'ib', 'context'],
    ['clickid', 'clk_1', 'click'],
    ['affclickid', 'abc', 'entry'],
    ['amount', '50', 'event'],
    ['currency', 'USD', 'event'],
    ['event', 'FirstDeposit', 'event'],
    ['event_id', 'evt_1', 'event'],
    ['conversion_id', 'evt_1', 'event'],
    ['status', 'approved', 'event'],
    ['transaction_id', 'tx-1', 'event'],
    ['event_time', '2026-03-01T12:00:00.000Z', 'event'],
    ['event_ts', '1772366400', 'event'],
    ['click_time', '2026-03-01T11:30:00.000Z', 'click'],
    ['click_ts', '1772364600', 'click'],
    ['fire_time', '2026-03-01T12:00:05.900Z', 'delivery'],
    ['fire_ts', '1772366405', 'delivery'],
    ['postback_id', 'pb_1', 'delivery'],
    ['delivery_id', 'pb_1', 'delivery'],
    ['attempt', '2', 'delivery'],
    ['test', '0', 'delivery'],
    ['AMOUNT', '50', 'event'],
    ['sale_amount', '50', 'event'],
    ['aff_click_id', 'abc', 'entry'],
  ])('fills {%s} with %j', (name, raw, source) => {
    expect(lookUp(name)).toEqual({ raw, source });
  });

  it('has a value for every placeholder but the signature when all facts are known', () => {
    const entryParameters = PLACEHOLDERS.map(({ name }) => ({ name, value: 'entry' }));
    const event = { payout: '1', payoutCurrency: 'USD', customerId: 'c' };
    const facts = { entryParameters, ip: '192.0.2.1', userAgent: 'x', referrer: 'y' };

    const missing = PLACEHOLDERS.filter(({ name }) => lookUp(name, facts, event) === null);

    expect(missing.map(({ name }) => name)).toEqual(['sig']);
  });

  it('gives every alias the value of its canonical name', () => {
    const entryParameters = PLACEHOLDERS.map(({ name }) => ({ name, value: `entry ${name}` }));
    const event = { payout: '1', payoutCurrency: 'USD', customerId: 'c' };
    const facts = { entryParameters, ip: '192.0.2.1', userAgent: 'x', referrer: 'y' };
    for (const { name, aliases } of PLACEHOLDERS) {
      const value = lookUp(name, facts, event);
      for (const alias of aliases)
        expect([alias, lookUp(alias, facts, event)]).toEqual([alias, value]);
    }
  });

  it('never takes an entry parameter for a canonical name (G9)', () => {
    const entryParameters = [
      { name: 'amount', value: '9999' },
      { name: 'Amount', value: '9999' },
      { name: 'transaction_id', value: 'forged' },
    ];

    expect(lookUp('amount', { entryParameters })?.raw).toBe('50');
    expect(lookUp('Amount', { entryParameters })?.raw).toBe('50');
    expect(lookUp('amount', { entryParameters }, { amount: null })).toBeNull();
    expect(lookUp('transaction_id', { entryParameters }, { transactionId: null })).toBeNull();
  });

  it('lets an alias yield to an entry parameter of exactly that name', () => {
    const entryParameters = [{ name: 'tid', value: 'mine' }];

    expect(lookUp('tid', { entryParameters })).toEqual({ raw: 'mine', source: 'entry' });
    expect(lookUp('TID', { entryParameters })).toEqual({ raw: 'tx-1', source: 'event' });
    expect(lookUp('txid', { entryParameters })).toEqual({ raw: 'tx-1', source: 'event' });
  });

  it.each(['sum', 'sale_amount', 'conv_status', 'order_currency'])(
    'never lets the money or status alias %s yield',
    (name) => {
      const entryParameters = [{ name, value: 'forged' }];

      expect(lookUp(name, { entryParameters })?.raw).not.toBe('forged');
    },
  );

  it('fills any other name from the entry parameter of that name, letter case included', () => {
    const entryParameters = [{ name: 'TrackId', value: '1122223444455565666' }];

    expect(lookUp('TrackId', { entryParameters })?.raw).toBe('1122223444455565666');
    expect(lookUp('trackid', { entryParameters })).toBeNull();
  });

  it('takes the exact name first where the canonical name is an entry parameter itself', () => {
    const entryParameters = [
      { name: 'Country', value: 'IT' },
      { name: 'country', value: 'DE' },
    ];

    expect(lookUp('Country', { entryParameters })?.raw).toBe('IT');
    expect(lookUp('COUNTRY', { entryParameters })?.raw).toBe('DE');
    expect(lookUp('geo', { entryParameters })?.raw).toBe('DE');
  });

  describe('of the visitor’s device', () => {
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const entryParameters = ['device_type', 'os', 'browser', 'language', 'OS'].map((name) => ({
      name,
      value: `link ${name}`,
    }));
    const known = { userAgent, language: 'de', entryParameters };

    it.each([
      ['device_type', 'desktop'],
      ['os', 'Linux'],
      ['OS', 'Linux'],
      ['browser', 'Firefox'],
      ['language', 'de'],
    ])('takes {%s} from the click: the link cannot forge it', (name, raw) => {
      expect(lookUp(name, known)).toEqual({ raw, source: 'click' });
    });

    it.each(['device_type', 'os', 'browser', 'language', 'OS'])(
      'takes {%s} from the link when the click does not tell it',
      (name) => {
        expect(lookUp(name, { entryParameters })).toEqual({ raw: `link ${name}`, source: 'entry' });
        expect(lookUp(name, { userAgent: 'curl/8.5', entryParameters })?.source).toBe('entry');
        expect(lookUp(name)).toBeNull();
      },
    );
  });

  it('takes the first of a repeated parameter', () => {
    const entryParameters = [
      { name: 'x', value: '1' },
      { name: 'x', value: '2' },
    ];

    expect(lookUp('x', { entryParameters })?.raw).toBe('1');
  });

  it.each([
    ['50.00', '50'],
    ['50.50', '50.5'],
    ['0.1000000000', '0.1'],
  ])('prints the amount %s as %s', (amount, printed) => {
    expect(lookUp('amount', {}, { amount })?.raw).toBe(printed);
  });

  it('has no value for a fact that is missing', () => {
    expect(lookUp('amount', {}, { amount: null })).toBeNull();
    expect(lookUp('click_time', { clickTime: null })).toBeNull();
    expect(lookUp('click_ts', { clickTime: new Date(Number.NaN) })).toBeNull();
    expect(lookUp('ip')).toBeNull();
  });

  it('tells a test fire', () => {
    expect(lookUp('test', { test: true })?.raw).toBe('1');
  });
});

function lookUp(
  name: string,
  facts: Partial<PlaceholderFacts> = {},
  event: Partial<PlaceholderFacts['event']> = {},
) {
  return placeholderValues({
    affid: '101',
    partnerType: 'IB',
    campaign: '2001',
    campaignName: 'Spring campaign',
    offerId: 'spring',
    offerName: 'Spring offer',
    clickId: 'clk_1',
    clickTime: new Date('2026-03-01T11:30:00Z'),
    ip: null,
    userAgent: null,
    referrer: null,
    language: null,
    country: null,
    region: null,
    city: null,
    entryParameters: [{ name: 'affclickid', value: 'abc' }],
    postbackId: 'pb_1',
    attempt: 2,
    fireTime: new Date('2026-03-01T12:00:05.900Z'),
    test: false,
    ...facts,
    event: {
      id: 'evt_1',
      conversionId: null,
      type: 'FirstDeposit',
      status: 'APPROVED',
      amount: '50.00',
      currency: 'USD',
      payout: null,
      payoutCurrency: null,
      customerId: null,
      transactionId: 'tx-1',
      occurredAt: new Date('2026-03-01T12:00:00Z'),
      ...event,
    },
  })(name);
}
