import { expect, test } from 'vitest';
import { decide, type PlannedPixel } from '../../../src/postbacks/plan.ts';

const AT = new Date('2026-01-02T00:00:00Z');
const EVENT = { type: 'FirstDeposit', status: 'APPROVED', occurredAt: AT };
const CLICK = { campaignId: 'campaign-1', createdAt: new Date(AT.getTime() - 60_000) };

function pixel(changes: Partial<PlannedPixel> = {}): PlannedPixel {
  return {
    id: 'pixel-1',
    affiliateId: 'affiliate-1',
    status: 'ACTIVE',
    version: 1,
    url: 'https://affiliate.example/?a={amount}',
    method: 'GET',
    body: null,
    triggerEvent: 'FirstDeposit',
    scope: 'ALL_CAMPAIGNS',
    campaignIds: [],
    statuses: ['APPROVED'],
    unresolved: 'EMPTY',
    required: [],
    signed: false,
    maxClickAgeSeconds: null,
    maxAttempts: 8,
    createdAt: new Date(0),
    ...changes,
  };
}

test('an active pixel with matching trigger, status and scope fires', () => {
  const scoped = pixel({ scope: 'SPECIFIC_CAMPAIGNS', campaignIds: ['campaign-1'] });

  expect(decide(pixel(), EVENT, CLICK, () => null)).toEqual({
    fires: true,
    row: true,
    reason: null,
  });
  expect(decide(scoped, EVENT, CLICK, () => null).fires).toBe(true);
});

test.each<[Partial<PlannedPixel>, string, boolean]>([
  [{ triggerEvent: 'Signup' }, 'TRIGGER_NOT_MATCHED', false],
  [{ triggerEvent: 'firstdeposit' }, 'TRIGGER_NOT_MATCHED', false],
  [{ status: 'DELETED' }, 'PIXEL_DELETED', false],
  [{ status: 'PAUSED' }, 'PIXEL_PAUSED', true],
  [{ status: 'PENDING_APPROVAL' }, 'PIXEL_PENDING_APPROVAL', true],
  [{ statuses: ['PENDING', 'REJECTED'] }, 'STATUS_NOT_LISTENED', true],
  [{ scope: 'SPECIFIC_CAMPAIGNS', campaignIds: ['other'] }, 'CAMPAIGN_NOT_IN_SCOPE', true],
  [{ maxClickAgeSeconds: 59 }, 'CLICK_TOO_OLD', true],
])('a pixel with %o is skipped: %s (row: %s)', (changes, reason, row) => {
  expect(decide(pixel(changes), EVENT, CLICK, () => null)).toEqual({ fires: false, row, reason });
});

test('a click of exactly the greatest age is not too old', () => {
  expect(decide(pixel({ maxClickAgeSeconds: 60 }), EVENT, CLICK, () => null).fires).toBe(true);
});

test('what the template lacks is asked last and skips', () => {
  const asked: string[] = [];
  const missing = ({ id }: PlannedPixel) => {
    asked.push(id);
    return 'REQUIRED_VALUE_MISSING' as const;
  };

  expect(decide(pixel({ status: 'PAUSED' }), EVENT, CLICK, missing).reason).toBe('PIXEL_PAUSED');
  expect(asked).toEqual([]);
  expect(decide(pixel(), EVENT, CLICK, missing)).toEqual({
    fires: false,
    row: true,
    reason: 'REQUIRED_VALUE_MISSING',
  });
});
