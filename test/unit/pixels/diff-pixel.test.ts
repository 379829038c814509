import { expect, test } from 'vitest';
import { type ComparedPixel, diffPixel } from '../../../src/pixels/diff-pixel.ts';
import { PIXEL_DEFAULTS } from '../../../src/pixels/pixel-input.ts';

const { campaignIds: _none, ...defaults } = PIXEL_DEFAULTS;
const pixel: ComparedPixel = {
  ...defaults,
  url: 'https://affiliate.example/?id={affclickid}',
  triggerEvent: 'FirstDeposit',
  campaigns: [],
};

test('a save that changes nothing has no changes, whatever the order of its lists', () => {
  expect(diffPixel(pixel, { ...pixel })).toEqual([]);
  expect(
    diffPixel({ ...pixel, campaigns: ['2001', '2002'] }, { ...pixel, campaigns: ['2002', '2001'] }),
  ).toEqual([]);
});

test('every setting that changed is told with its value before and after', () => {
  const after: ComparedPixel = {
    url: 'https://affiliate.example/?id={clickid}',
    triggerEvent: 'Deposit',
    method: 'POST',
    body: '{"id":"{clickid}"}',
    scope: 'SPECIFIC_CAMPAIGNS',
    campaigns: ['2001', '2002'],
    statuses: ['REVERSED', 'APPROVED'],
    unresolved: 'SKIP',
    required: ['clickid'],
    maxClickAgeSeconds: 60,
    includeSubPartners: true,
    maxAttempts: 3,
    maxPerSecond: 5,
    signed: true,
  };

  const changes = diffPixel(pixel, after);

  expect(changes.map(({ field }) => field).sort()).toEqual(Object.keys(after).sort());
  expect(changes).toContainEqual({ field: 'body', before: null, after: '{"id":"{clickid}"}' });
  expect(changes).toContainEqual({ field: 'campaigns', before: null, after: '2001, 2002' });
  expect(changes).toContainEqual({
    field: 'statuses',
    before: 'APPROVED',
    after: 'APPROVED, REVERSED',
  });
  expect(changes).toContainEqual({ field: 'maxClickAgeSeconds', before: null, after: '60' });
  expect(changes).toContainEqual({ field: 'signed', before: 'false', after: 'true' });
});
