import { expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { subscribe } from '../support/live-client.ts';
import { ADMIN_KEY, makeApp } from '../support/make-app.ts';
import { POSTBACK_FIRED, POSTBACKS, RECORD_EVENT } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { ENTRY_URL, referencePixel, seedPixel, seedReference } from '../support/seed.ts';

const FINAL_QUERY =
  'click_id=1122223444455565666&payout_sum=50&currency=USD&source=track360&type=signup';

test('a click and an event become a postback that the receiver gets after the delay and a live viewer sees', async () => {
  await using receiver = await startReceiver();
  await using volley = await makeApp();
  const { affiliateId, integrationId } = await seedReference(volley.admin);
  const pixel = referencePixel(receiver.url, affiliateId);
  await seedPixel(volley.admin, pixel);
  await using live = subscribe(volley.url, ADMIN_KEY, POSTBACK_FIRED, {});
  expect((await live.next()).postbackFired).toMatchObject({ postback: null, attempt: null });

  const visit = await volley.admin.fetch(ENTRY_URL);
  const location = new URL(visit.headers.get('location') ?? '');
  const clickId = location.searchParams.get('clickid') ?? '';
  const { recordEvent } = await volley.admin.run(RECORD_EVENT, {
    input: { clickId, type: 'FirstDeposit', amount: '50', currency: 'USD', integrationId },
  });
  expect(visit.status).toBe(302);
  expect(location.origin + location.pathname).toBe('https://brand.example/welcome');
  const { event, postbacks, duplicate } = expectType(recordEvent, 'RecordEventPayload');
  expect({ event, duplicate }).toMatchObject({ duplicate: false, event: { amount: '50' } });
  expect(postbacks).toMatchObject([{ status: 'SCHEDULED', reason: null, url: pixel.url }]);

  await volley.advance(4_500);
  expect(receiver.total).toBe(0);
  await volley.advance(500);
  const call = await receiver.next();
  expect(call.url).toBe(`/postback?${FINAL_QUERY}`);
  expect(call.headers['webhook-attempt']).toBe('1');

  const fired = (await live.next()).postbackFired;
  expect(fired).toMatchObject({
    postback: {
      status: 'DELIVERED',
      clickId,
      entryUrl: ENTRY_URL,
      url: pixel.url,
      finalUrl: `${receiver.url}/postback?${FINAL_QUERY}`,
    },
    attempt: { number: 1, statusCode: 200 },
  });
  const { postbacks: report } = await volley.admin.run(POSTBACKS, {});
  expect(report.nodes).toMatchObject([
    {
      id: fired.postback?.id,
      status: 'DELIVERED',
      clickId,
      entryUrl: ENTRY_URL,
      url: pixel.url,
      finalUrl: `${receiver.url}/postback?${FINAL_QUERY}`,
      lastAttempt: { statusCode: 200, responseBody: 'ok' },
    },
  ]);
});
