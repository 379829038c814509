import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAttributeWaiting } from '../../src/events/attribute-waiting.ts';
import { createStoreEvents, type StoreEventItem } from '../../src/events/store-events.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { insertClicks, type NewClick } from '../../src/store/clicks.ts';
import type { ScheduledPostback } from '../../src/store/events.ts';
import { expectType } from '../support/api.ts';
import {
  CREATE_CAMPAIGN,
  CREATE_INTEGRATION,
  PAUSE_PIXEL,
  RECORD_EVENTS,
  UPDATE_PIXEL,
} from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene, type SceneAffiliate } from '../support/scene.ts';

let scene: Scene;
let pool: pg.Pool;

beforeAll(async () => {
  scene = await makeScene();
  pool = new pg.Pool({ connectionString: scene.databaseUrl });
});

afterAll(async () => {
  await pool.end();
  await scene[Symbol.asyncDispose]();
});

/** A visited affiliate with a pixel on FirstDeposit. */
async function visited() {
  const affiliate = await scene.affiliate();
  const pixelId = await scene.pixel(affiliate.affiliateId, {});
  return { ...affiliate, pixelId, clickId: await scene.click(affiliate.entryUrl) };
}

async function count(table: string, where: string): Promise<number> {
  const rows = await scene.sql(`SELECT count(*)::int AS n FROM ${table} WHERE ${where}`);
  return rows[0]?.n as number;
}

describe('identity', () => {
  test('an equal report is a duplicate that answers with the first result', async () => {
    const { clickId } = await visited();
    const first = await scene.event(clickId, { transactionId: 'tx-equal' });
    const again = await scene.event(clickId, { transactionId: 'tx-equal', amount: '50.00' });

    expect(first.duplicate).toBe(false);
    expect(again).toEqual({ ...first, duplicate: true });
    expect(await count('event', `transaction_id = 'tx-equal'`)).toBe(1);
    expect(await count('postback', `click_id = '${clickId}'`)).toBe(1);
  });

  test('every change of status, amount or currency is a new revision with its own postback', async () => {
    const { clickId, pixelId, affiliateId } = await visited();
    await scene.admin.run(UPDATE_PIXEL, {
      input: { pixelId, statuses: ['APPROVED', 'REVERSED'] },
    });
    const report = (changes: object) =>
      scene.event(clickId, { transactionId: 'tx-revisions', ...changes });
    const events = [
      await report({}),
      await report({ amount: '51' }),
      await report({ amount: '51', currency: 'EUR' }),
      await report({ amount: '51', currency: 'EUR', status: 'REVERSED' }),
      // Back to an older state is no duplicate: only the latest revision is compared.
      await report({}),
    ];

    expect(events.map(({ event }) => event.revision)).toEqual([1, 2, 3, 4, 5]);
    expect(events.every(({ duplicate }) => !duplicate)).toBe(true);
    expect(await scene.postbacks(affiliateId)).toHaveLength(5);
  });

  test('a report without a transaction id is never a duplicate', async () => {
    const { clickId } = await visited();
    const [first, second] = [await scene.event(clickId), await scene.event(clickId)];

    expect([first.duplicate, second.duplicate]).toEqual([false, false]);
    expect(first.event.id).not.toBe(second.event.id);
  });

  test('the same transaction id means another event for another type or integration', async () => {
    const { clickId } = await visited();
    const { createIntegration } = await scene.admin.run(CREATE_INTEGRATION, {
      input: { name: 'Another source', delaySeconds: 5 },
    });
    const other = expectType(createIntegration, 'CreateIntegrationPayload').integration.id;
    const reports = [
      await scene.event(clickId, { transactionId: 'tx-shared' }),
      await scene.event(clickId, { transactionId: 'tx-shared', type: 'Deposit' }),
      await scene.event(clickId, { transactionId: 'tx-shared', integrationId: other }),
    ];

    expect(reports.map(({ event, duplicate }) => [event.revision, duplicate])).toEqual(
      reports.map(() => [1, false]),
    );
  });

  test('50 equal reports at once give one row and one answer', async () => {
    const { clickId } = await visited();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => scene.event(clickId, { transactionId: 'tx-50' })),
    );

    expect(new Set(answers.map(({ event }) => event.id)).size).toBe(1);
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await count('event', `transaction_id = 'tx-50'`)).toBe(1);
    expect(await count('postback', `click_id = '${clickId}'`)).toBe(1);
  });

  test('repeats inside one call are compared one after the other, in order', async () => {
    const { clickId } = await visited();
    const report = (amount: string) => ({
      clickId,
      type: 'FirstDeposit',
      transactionId: 'tx-call',
      currency: 'USD',
      amount,
    });
    const { recordEvents } = await scene.admin.run(RECORD_EVENTS, {
      input: { events: [report('1'), report('1'), report('2'), report('2'), report('1')] },
    });
    const { results } = expectType(recordEvents, 'RecordEventsPayload');
    const told = results.map((result) => {
      const { event, duplicate } = expectType(result, 'RecordEventPayload');
      return [event.revision, duplicate];
    });

    expect(told.map(([, duplicate]) => duplicate)).toEqual([false, true, false, true, false]);
    expect([told[0], told[2], told[4]].map((it) => it?.[0])).toEqual([1, 2, 3]);
  });

  test('a refused report does not stop the others of its call', async () => {
    const { clickId } = await visited();
    const good = { clickId, type: 'FirstDeposit', amount: '1', currency: 'USD' };
    const { recordEvents } = await scene.admin.run(RECORD_EVENTS, {
      input: { events: [good, { ...good, amount: '1,5' }, { ...good, type: 'Nope' }, good] },
    });
    const { results } = expectType(recordEvents, 'RecordEventsPayload');

    expect(results.map(({ __typename }) => __typename)).toEqual([
      'RecordEventPayload',
      'InvalidInputError',
      'InvalidInputError',
      'RecordEventPayload',
    ]);
  });
});

describe('attribution', () => {
  test.each([
    ['', 'CLICK_MISSING'],
    ['no-click-id', 'CLICK_MALFORMED'],
    ['0123456789abcdef0123456789abcdef', 'CLICK_UNKNOWN'],
  ])('an event of click "%s" is stored as %s, without postbacks', async (clickId, reason) => {
    const { event, postbacks, duplicate } = await scene.event(clickId);

    expect({ postbacks, duplicate }).toEqual({ postbacks: [], duplicate: false });
    expect(event.unattributed).toBe(reason);
  });

  const NO_SCHEDULE = async () => {};

  function lateClick({ affiliateId }: SceneAffiliate): NewClick {
    return {
      id: systemIds.row(),
      clickId: systemIds.click(),
      affiliateId: rowIdIn(affiliateId),
      campaignId: rowIdIn(scene.campaignId),
      entryUrl: '/click?late',
      parameters: [{ name: 'affclickid', value: 'late' }],
      warnings: [],
      ip: null,
      userAgent: null,
      createdAt: new Date(),
    };
  }

  function attribute(clickIds: string[], scheduled: ScheduledPostback[] = []) {
    const schedule = async (postbacks: ScheduledPostback[]) => void scheduled.push(...postbacks);
    return createAttributeWaiting({ sql: pool, ids: systemIds, schedule, announce: () => {} })(
      clickIds,
    );
  }

  test('a click that arrives later is given to every revision that waits, planned once', async () => {
    const affiliate = await scene.affiliate();
    await scene.pixel(affiliate.affiliateId, {});
    await scene.pixel(affiliate.affiliateId, { triggerEvent: 'Deposit' });
    await scene.pixel(affiliate.affiliateId, { statuses: ['REJECTED'] });
    const click = lateClick(affiliate);
    const first = await scene.event(click.clickId, { transactionId: 'tx-late' });
    await scene.event(click.clickId, { transactionId: 'tx-late', amount: '60' });
    await insertClicks(pool, [click]);

    const scheduled: ScheduledPostback[] = [];
    // Two processes at once, and one that comes too late.
    await Promise.all([
      attribute([click.clickId], scheduled),
      attribute([click.clickId, click.clickId], scheduled),
    ]);
    await attribute([click.clickId], scheduled);

    const postbacks = await scene.postbacks(affiliate.affiliateId);
    expect(postbacks.map(({ status, reason }) => [status, reason]).sort()).toEqual([
      ['SCHEDULED', null],
      ['SCHEDULED', null],
      ['SKIPPED', 'STATUS_NOT_LISTENED'],
      ['SKIPPED', 'STATUS_NOT_LISTENED'],
    ]);
    expect(scheduled).toHaveLength(2);
    type Attributed = { receivedAt: string; postbacks: { nodes: { dueAt: string }[] } };
    const { node } = await scene.read<{ node: Attributed }>(
      `query ($id: ID!) { node(id: $id) { ... on Event {
         unattributed receivedAt click { clickId } postbacks(first: 5) { nodes { dueAt } } } } }`,
      { id: first.event.id },
    );
    expect(node).toMatchObject({ unattributed: null, click: { clickId: click.clickId } });
    // Within the delay: due when it would have been.
    expect(Date.parse(node.postbacks.nodes[0]?.dueAt ?? '')).toBe(
      Date.parse(node.receivedAt) + 5_000,
    );
  });

  test('a postback whose delay has passed is due now, and fires', async () => {
    await using receiver = await startReceiver();
    const affiliate = await scene.affiliate();
    await scene.pixel(affiliate.affiliateId, { url: `${receiver.url}/?id={affclickid}` });
    const click = lateClick(affiliate);
    await scene.event(click.clickId);
    await scene.advance(3_600_000);
    await insertClicks(pool, [click]);
    await attribute([click.clickId]);

    expect((await receiver.next()).url).toBe('/?id=late');
    const [postback] = await scene.postbacks(affiliate.affiliateId);
    const [{ now } = {}] = await scene.sql('SELECT volley_now() AS now');
    expect(Math.abs(Date.parse(postback?.dueAt ?? '') - (now as Date).getTime())).toBeLessThan(
      30_000,
    );
  });

  test('an event of a day ago stays unattributed', async () => {
    const affiliate = await scene.affiliate();
    await scene.pixel(affiliate.affiliateId, {});
    const click = lateClick(affiliate);
    await scene.event(click.clickId);
    await scene.advance(24 * 3_600_000);
    await insertClicks(pool, [click]);
    await attribute([click.clickId]);

    expect(await scene.postbacks(affiliate.affiliateId)).toEqual([]);
    expect(
      await count('event', `click_id = '${click.clickId}' AND unattributed = 'CLICK_UNKNOWN'`),
    ).toBe(1);
  });

  test('an event that is stored while its click arrives finds it afterwards', async () => {
    const affiliate = await scene.affiliate();
    await scene.pixel(affiliate.affiliateId, {});
    const click = lateClick(affiliate);
    // The click is committed between the event's look for it and the event's own commit.
    const racing = {
      query: async (statement: { name?: string }) => {
        if (statement.name === 'insert-events') {
          await insertClicks(pool, [click]);
          await attribute([click.clickId]);
        }
        return pool.query(statement as pg.QueryConfig);
      },
    } as unknown as pg.Pool;
    const store = createStoreEvents({
      announce: () => {},
      sql: racing,
      ids: systemIds,
      clock: systemClock,
      schedule: NO_SCHEDULE,
      attributeWaiting: attribute,
      report: QUIET,
    });
    await store([item(click.clickId, 'tx-race')]);

    expect(await scene.postbacks(affiliate.affiliateId)).toMatchObject([{ status: 'SCHEDULED' }]);
  });
});

const QUIET = { loopFailed: () => {} };

function item(clickId: string, transactionId: string): StoreEventItem {
  return {
    report: {
      clickId,
      type: 'FirstDeposit',
      amount: '50',
      currency: 'USD',
      payout: null,
      payoutCurrency: null,
      customerId: null,
      transactionId,
      status: 'APPROVED',
      occurredAt: null,
      integrationId: null,
    },
    integration: { id: rowIdIn(scene.integrationId), delaySeconds: 5 },
  };
}

describe('one bad report', () => {
  function storeWith(changes: object = {}) {
    return createStoreEvents({
      announce: () => {},
      sql: pool,
      ids: systemIds,
      clock: systemClock,
      schedule: async () => {},
      attributeWaiting: async () => {},
      report: QUIET,
      ...changes,
    });
  }

  test('that PostgreSQL refuses fails alone, and no other is written twice', async () => {
    const { clickId } = await visited();
    const bad = item(clickId, 'tx-bad');
    bad.report.amount = '1e40';
    const anonymous = item(clickId, '');
    anonymous.report.transactionId = null;

    const results = await storeWith()([
      item(clickId, 'tx-good'),
      bad,
      anonymous,
      item(clickId, 'tx-good'),
    ]);

    expect(results[0]).toMatchObject({ duplicate: false });
    expect(results[1]).toMatchObject({ code: '22003' });
    expect(results[2]).toMatchObject({ duplicate: false });
    expect(results[3]).toEqual({ ...results[0], duplicate: true, postbacks: 0 });
    expect(await count('event', `click_id = '${clickId}'`)).toBe(2);
  });

  test('whose pixel cannot be rendered is stored with the reason, beside the others', async () => {
    const { clickId, affiliateId } = await visited();
    const other = await visited();
    await breakTemplate(affiliateId);

    const results = await storeWith()([item(clickId, 'tx-f1'), item(other.clickId, 'tx-f2')]);

    expect(results).toMatchObject([{ duplicate: false }, { duplicate: false }]);
    const reason = `reason = 'TEMPLATE_FAULT' AND affiliate_id = '${rowIdIn(affiliateId)}'`;
    expect(await count('postback', `state = 'SKIPPED' AND ${reason}`)).toBe(1);
    expect(await scene.postbacks(other.affiliateId)).toMatchObject([{ status: 'SCHEDULED' }]);
  });

  test('is stored and answered even if the second look for its click fails', async () => {
    const faults: string[] = [];
    const store = storeWith({
      attributeWaiting: () => Promise.reject(new Error('connection lost')),
      report: { loopFailed: (what: string) => faults.push(what) },
    });

    const results = await store([item(systemIds.click(), 'tx-look')]);

    expect(results).toMatchObject([{ duplicate: false }]);
    expect(faults).toEqual(['attribute waiting events']);
  });

  /** As a stored template would be after a stricter release: refused when it is read. */
  async function breakTemplate(affiliateId: string) {
    await scene.sql(
      `UPDATE pixel SET url = 'https://affiliate.example/{'
       WHERE affiliate_id = '${rowIdIn(affiliateId)}'`,
    );
  }
});

describe('planning', () => {
  test('every pixel whose trigger matches has a row, and every pixel a decision with the same reason', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const { createCampaign } = await scene.admin.run(CREATE_CAMPAIGN, {
      input: {
        code: '2002',
        name: 'Other',
        offerId: scene.offerId,
        landingUrl: 'https://brand.example/',
      },
    });
    const otherId = expectType(createCampaign, 'CreateCampaignPayload').campaign.id;
    const url = 'https://affiliate.example/?a={amount}&t={trackid}';
    const expected: Record<string, string | null> = {
      [await scene.pixel(affiliateId, { url })]: null,
      [await scene.pixel(affiliateId, { scope: 'SPECIFIC_CAMPAIGNS', campaignIds: [otherId] })]:
        'CAMPAIGN_NOT_IN_SCOPE',
      [await scene.pixel(affiliateId, {
        scope: 'SPECIFIC_CAMPAIGNS',
        campaignIds: [otherId, scene.campaignId],
      })]: null,
      [await scene.pixel(affiliateId, { statuses: ['PENDING', 'REJECTED'] })]:
        'STATUS_NOT_LISTENED',
      [await scene.pixel(affiliateId, { maxClickAgeSeconds: 60 })]: 'CLICK_TOO_OLD',
      [await scene.pixel(affiliateId, { url, required: ['trackid'] })]: 'REQUIRED_VALUE_MISSING',
      [await scene.pixel(affiliateId, { url, unresolved: 'SKIP' })]: 'UNRESOLVED_PLACEHOLDER',
      [await scene.pixel(affiliateId, {
        method: 'POST',
        body: 't={trackid}',
        unresolved: 'SKIP',
      })]: 'UNRESOLVED_PLACEHOLDER',
      [await scene.pixel(affiliateId, { required: ['affclickid'] })]: null,
      [await scene.pixel(affiliateId, { triggerEvent: 'Deposit' })]: 'TRIGGER_NOT_MATCHED',
    };
    const paused = await scene.pixel(affiliateId, {});
    await scene.admin.run(PAUSE_PIXEL, { input: { pixelId: paused } });
    expected[paused] = 'PIXEL_PAUSED';
    const clickId = await scene.click(entryUrl);
    await scene.advance(61_000);
    const { event } = await scene.event(clickId);

    type Row = { status: string; reason: string | null };
    type Decision = {
      fires: boolean;
      reason: string | null;
      pixel: { id: string };
      postback: Row | null;
    };
    const { node } = await scene.read<{
      node: { decisions: Decision[]; postbacks: { nodes: Row[] } };
    }>(
      `query ($id: ID!) { node(id: $id) { ... on Event {
         decisions { fires reason pixel { id } postback { id status reason } }
         postbacks(first: 50) { nodes { id status reason pixel { id } } } } } }`,
      { id: event.id },
    );
    const { decisions, postbacks } = node;
    expect(Object.fromEntries(decisions.map(({ pixel, reason }) => [pixel.id, reason]))).toEqual(
      expected,
    );
    for (const { fires, reason, postback } of decisions) {
      expect(fires).toBe(reason === null);
      if (reason === 'TRIGGER_NOT_MATCHED') expect(postback).toBeNull();
      else expect(postback).toMatchObject({ status: fires ? 'SCHEDULED' : 'SKIPPED', reason });
    }
    expect(postbacks.nodes).toHaveLength(decisions.length - 1);
  });

  test('a pixel that is made later answers no earlier event, and says so', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const { event } = await scene.event(await scene.click(entryUrl));
    await scene.sql(
      `UPDATE event SET received_at = now() - interval '1 minute' WHERE id = '${rowIdIn(event.id)}'`,
    );
    await scene.pixel(affiliateId, {});
    const { node } = await scene.read<{ node: object }>(
      `query ($id: ID!) { node(id: $id) { ... on Event { decisions { fires reason postback { id } } } } }`,
      { id: event.id },
    );

    expect(node).toEqual({
      decisions: [{ fires: false, reason: 'PIXEL_CREATED_LATER', postback: null }],
    });
  });

  describe('decisions after the pixels were changed', () => {
    type Told = { fires: boolean; reason: string | null; postback: { status: string } | null };

    async function decisionsOf(eventId: string): Promise<Record<string, Told>> {
      const { node } = await scene.read<{
        node: { decisions: (Told & { pixel: { id: string } })[] };
      }>(
        `query ($id: ID!) { node(id: $id) { ... on Event {
           decisions { fires reason pixel { id } postback { status } } } } }`,
        { id: eventId },
      );
      return Object.fromEntries(node.decisions.map(({ pixel, ...told }) => [pixel.id, told]));
    }

    async function change(mutation: 'updatePixel' | 'pausePixel' | 'deletePixel', input: object) {
      const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}`;
      const answer = await scene.read<Record<string, { __typename: string }>>(
        `mutation ($input: ${type}Input!) { ${mutation}(input: $input) { __typename } }`,
        { input },
      );
      expect(answer[mutation]?.__typename).toBe(`${type}Payload`);
    }

    test('what has a row tells what was decided then: edited, paused, deleted, left by its broker', async () => {
      const broker = await scene.affiliate();
      const { affiliateId, entryUrl } = await scene.affiliate(broker.affiliateId);
      const edited = await scene.pixel(affiliateId, {});
      const skipped = await scene.pixel(affiliateId, { statuses: ['REJECTED'] });
      const retargeted = await scene.pixel(affiliateId, {});
      const paused = await scene.pixel(affiliateId, {});
      const deleted = await scene.pixel(affiliateId, {});
      const shared = await scene.pixel(broker.affiliateId, { includeSubPartners: true });
      const { event } = await scene.event(await scene.click(entryUrl));

      await change('updatePixel', { pixelId: edited, statuses: ['REJECTED'] });
      await change('updatePixel', { pixelId: skipped, statuses: ['APPROVED'] });
      await change('updatePixel', { pixelId: retargeted, triggerEvent: 'Deposit' });
      await change('pausePixel', { pixelId: paused });
      await change('deletePixel', { pixelId: deleted });
      await change('updatePixel', { pixelId: shared, includeSubPartners: false });

      const fires = { fires: true, reason: null, postback: { status: 'SCHEDULED' } };
      const skips = { fires: false, postback: { status: 'SKIPPED' } };
      expect(await decisionsOf(event.id)).toEqual({
        [edited]: fires,
        [skipped]: { ...skips, reason: 'STATUS_NOT_LISTENED' },
        [retargeted]: fires,
        [paused]: fires,
        [deleted]: fires,
        [shared]: fires,
      });
    });

    test('what has no row never claims to fire: deleted before, and made to match afterwards', async () => {
      const { affiliateId, entryUrl } = await scene.affiliate();
      const gone = await scene.pixel(affiliateId, {});
      const goneForAnother = await scene.pixel(affiliateId, { triggerEvent: 'Deposit' });
      const matchesSince = await scene.pixel(affiliateId, { triggerEvent: 'Deposit' });
      for (const pixelId of [gone, goneForAnother]) await change('deletePixel', { pixelId });
      const { event } = await scene.event(await scene.click(entryUrl));
      await scene.sql(`UPDATE event SET received_at = now() WHERE id = '${rowIdIn(event.id)}'`);
      const goneLater = await scene.pixel(affiliateId, {});
      await change('deletePixel', { pixelId: goneLater });
      await change('updatePixel', { pixelId: matchesSince, triggerEvent: 'FirstDeposit' });

      const { testPixel } = await scene.read<{ testPixel: { postback: { event: object } } }>(
        `mutation ($input: TestPixelInput!) { testPixel(input: $input) {
           ... on TestPixelPayload { postback { event { decisions { reason } } } } } }`,
        { input: { pixelId: matchesSince, clickId: event.clickId } },
      );

      expect(testPixel.postback.event).toEqual({ decisions: [] });
      const none = { fires: false, postback: null };
      expect(await decisionsOf(event.id)).toEqual({
        [gone]: { ...none, reason: 'PIXEL_DELETED' },
        [matchesSince]: { ...none, reason: 'PIXEL_CHANGED_LATER' },
      });
    });
  });

  test('a pixel answers clicks of sub-partners only when it includes them', async () => {
    const parent = await scene.affiliate();
    const child = await scene.affiliate(parent.affiliateId);
    const grandchild = await scene.affiliate(child.affiliateId);
    const included = await scene.pixel(parent.affiliateId, { includeSubPartners: true });
    await scene.pixel(parent.affiliateId, {});
    const { postbacks } = await scene.event(await scene.click(grandchild.entryUrl));
    await scene.event(await scene.click(parent.entryUrl));

    expect(postbacks).toHaveLength(1);
    const rows = await scene.sql(
      `SELECT pixel_id FROM postback WHERE id = '${rowIdIn(postbacks[0]?.id ?? '')}'`,
    );
    expect(rows).toEqual([{ pixel_id: rowIdIn(included) }]);
    // The owner of the pixel gets the call, whoever brought the visitor.
    expect(await scene.postbacks(parent.affiliateId)).toHaveLength(3);
    expect(await scene.postbacks(grandchild.affiliateId)).toEqual([]);
  });

  test('postbacks are due after the delay of the integration that reported', async () => {
    const { clickId } = await visited();
    const { createIntegration } = await scene.admin.run(CREATE_INTEGRATION, {
      input: { name: 'Slow source', delaySeconds: 300 },
    });
    const slow = expectType(createIntegration, 'CreateIntegrationPayload').integration.id;
    for (const [integrationId, delayMs] of [
      [slow, 300_000],
      [scene.integrationId, 5_000],
      [null, 5_000],
    ] as const) {
      const { event, postbacks } = await scene.event(clickId, { integrationId });
      const [{ received_at: receivedAt } = {}] = await scene.sql(
        `SELECT received_at FROM event WHERE id = '${rowIdIn(event.id)}'`,
      );

      expect(Date.parse(postbacks[0]?.dueAt ?? '')).toBe((receivedAt as Date).getTime() + delayMs);
    }
  });

  test('the database itself refuses a second postback of a pixel for one event', async () => {
    const { clickId } = await visited();
    const { postbacks } = await scene.event(clickId);
    const id = rowIdIn(postbacks[0]?.id ?? '');

    await expect(
      scene.sql(`INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, event_type, state, due_at, finished_at, max_attempts)
        SELECT gen_random_uuid(), pixel_id, pixel_version, event_id, affiliate_id, event_type, 'SKIPPED', due_at, due_at, max_attempts
        FROM postback WHERE id = '${id}'`),
    ).rejects.toThrow(/postback_once_only/);
  });
});

describe('exactness', () => {
  test.each([
    '12345678901234567890.0123456789',
    '-99999999999999999999.9999999999',
    '0.0000000001',
  ])('the amount %s arrives digit by digit', async (amount) => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, { url: `${receiver.url}/?sum={amount}&id={affclickid}` });
    const { event } = await scene.event(await scene.click(entryUrl), { amount });
    await scene.advance(5_000);

    expect(event.amount).toBe(amount);
    expect((await receiver.next()).url).toBe(`/?sum=${amount}&id=1122223444455565666`);
  });

  test('ids of any size stay text everywhere', async () => {
    const { clickId } = await visited();
    const transactionId = '1122223444455565666999';
    const { event } = await scene.event(clickId, { transactionId });

    expect(event).toMatchObject({ transactionId, clickId });
  });

  test('a batch is read twice and written in one statement per wave', async () => {
    const { clickId } = await visited();
    const names: (string | undefined)[] = [];
    const watched = {
      query: (statement: pg.QueryConfig) => {
        names.push(statement.name);
        return pool.query(statement);
      },
    } as unknown as pg.Pool;
    const store = createStoreEvents({
      announce: () => {},
      sql: watched,
      ids: systemIds,
      clock: systemClock,
      schedule: async () => {},
      attributeWaiting: async () => {},
      report: QUIET,
    });
    const unique = Array.from({ length: 499 }, (_, at) => item(clickId, `tx-batch-${at}`));
    const results = await store([...unique, item(clickId, 'tx-batch-7')]);

    expect(names).toEqual([
      'load-clicks',
      'load-pixels',
      'insert-events',
      'insert-events',
      'load-latest-events',
    ]);
    expect(results.at(-1)).toEqual({ ...results[7], duplicate: true, postbacks: 0 });
    expect(await count('postback', `click_id = '${clickId}'`)).toBe(499);
  });
});
