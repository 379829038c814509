import { describe, expect, it } from 'vitest';
import { lintLinkParameters } from '../../../src/clicks/lint-link.ts';
import { placeholderValues } from '../../../src/pixels/values.ts';

const lint = (...names: string[]) =>
  lintLinkParameters(names.map((name) => ({ name, value: 'x' })));

describe('lintLinkParameters', () => {
  it.each(['click_id', 'Click-ID'])('hints that %s is not our clickid', (name) => {
    expect(lint(name)).toEqual([
      `${name} is a parameter of the affiliate: {${name}} renders it, our click id is {clickid}`,
    ]);
  });

  it('names parameters that a template never takes', () => {
    expect(lint('amount', 'Status', 'sum', 'sig')).toEqual([
      '{amount} never takes the parameter amount: it means amount of the event',
      '{Status} never takes the parameter Status: it means pending, approved, rejected or reversed',
      '{sum} never takes the parameter sum: it means commission of the affiliate',
      '{sig} never takes the parameter sig: it means HMAC-SHA256 of the final URL without this parameter',
    ]);
  });

  it('names parameters that go before what an alias means', () => {
    expect(lint('tid')).toEqual([
      '{tid} takes the parameter tid of these clicks, not {transaction_id}',
    ]);
  });

  it('says nothing of names that are meant for entry parameters, and of free ones', () => {
    expect(lint('affclickid', 'external_id', 'sub1', 's1', 'source', 'country', 'trackid')).toEqual(
      [],
    );
  });

  it.each(['click_id', 'amount', 'Status', 'sum', 'tid', 'affclickid', 'trackid'])(
    'is what the renderer does with %s',
    (name) => {
      const values = placeholderValues({
        ...{ affid: null, partnerType: null, campaign: null, campaignName: null },
        ...{ offerId: null, offerName: null, clickId: null, clickTime: null },
        ...{ ip: null, userAgent: null, referrer: null, language: null },
        ...{ country: null, region: null, city: null },
        entryParameters: [{ name, value: 'from the link' }],
        event: {
          ...{
            id: 'e',
            conversionId: 'e',
            type: 'Sale',
            status: 'APPROVED',
            amount: null,
            currency: null,
          },
          ...{ transactionId: null, payout: null, payoutCurrency: null, customerId: null },
          occurredAt: new Date(0),
        },
        ...{ postbackId: 'p', attempt: 1, fireTime: new Date(0), test: false },
      });
      const never = lint(name).join().includes('never takes');

      expect(values(name)?.raw === 'from the link').toBe(!never);
    },
  );
});
