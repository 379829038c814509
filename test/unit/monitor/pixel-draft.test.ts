import { expect, test } from 'vitest';
import { changesOf, type Draft, NEW_PIXEL } from '../../../monitor/src/pixel-draft.ts';
import { PIXEL_DEFAULTS } from '../../../src/pixels/pixel-input.ts';

const listed: Draft = {
  ...NEW_PIXEL,
  url: 'https://affiliate.example/?id={clickid}',
  scope: 'SPECIFIC_CAMPAIGNS',
  campaignIds: ['one', 'two'],
  method: 'POST',
  body: '{}',
  maxPerSecond: 9,
};

test('a new pixel begins as the API has it', () => {
  expect(NEW_PIXEL).toMatchObject(PIXEL_DEFAULTS);
});

test.each<[string, Partial<Draft>, Partial<Draft>]>([
  ['nothing', {}, {}],
  ['the same again', { maxAttempts: 8, statuses: ['APPROVED'] }, {}],
  ['a list in another order', { campaignIds: ['two', 'one'] }, {}],
  ['blanks around the template', { url: ` ${listed.url}\n` }, {}],
  ['one thing', { maxAttempts: 3 }, { maxAttempts: 3 }],
  ['a limit taken away', { maxPerSecond: null }, { maxPerSecond: null }],
  ['another list', { campaignIds: ['two'] }, { campaignIds: ['two'] }],
  ['all campaigns', { scope: 'ALL_CAMPAIGNS' }, { scope: 'ALL_CAMPAIGNS', campaignIds: [] }],
  ['GET', { method: 'GET' }, { method: 'GET', body: null }],
  ['an empty body', { body: '' }, { body: null }],
])('of %s only what changed is saved', (_what, edits, changes) => {
  expect(changesOf({ ...listed, ...edits }, listed)).toEqual(changes);
});
