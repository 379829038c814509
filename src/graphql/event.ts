import { maySeeAffiliate, visibleEvents, visiblePostbacks } from '../access/visibility.ts';
import { MAX_EVENTS } from '../events/event-input.ts';
import { type ExplainedDecision, explainDecisions } from '../events/explain.ts';
import type { StoredEvent } from '../events/store-events.ts';
import { createBatchLoader } from '../platform/batch-loader.ts';
import { InvalidInputError, isRefusal } from '../platform/refusals.ts';
import { withoutNulls } from '../platform/without-nulls.ts';
import { type EventFilter, eventsWhere } from '../reports/event-filter.ts';
import type { Event as EventRow } from '../store/generated/client/client.ts';
import { builder, READERS, REPORTERS } from './builder.ts';
import type { Context } from './context.ts';
import { EventStatus, UnattributedReason } from './enums.ts';
import { asksForIdOnly, rowIdOf, rowIdsOf } from './ids.ts';
import { Integration } from './integration.ts';
import { checkPage, checkWindow, payloadRef, resultOf } from './mutation.ts';
import { Pixel } from './pixel.ts';
import { Postback, PostbackConnection } from './postback.ts';
import { seesVisitors } from './visitor-data.ts';

/** The decisions of all events of a page together. */
const loadDecisions = createBatchLoader(({ sql }: Context, ids) => explainDecisions(sql, ids));

const DecisionType = builder.objectRef<ExplainedDecision>('Decision').implement({
  description: 'Whether one pixel fires for an event and, if not, why.',
  fields: (t) => ({
    pixel: t.prismaField({
      type: Pixel,
      resolve: (query, { pixelId }, _args, { db }) =>
        db.pixel.findUniqueOrThrow({ ...query, where: { id: pixelId } }),
    }),
    fires: t.exposeBoolean('fires', {
      description:
        'Whether it was decided to make a call for the event; `postback` tells what came of it.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Machine-readable, for example `CAMPAIGN_NOT_IN_SCOPE`; null when it fires.',
    }),
    postback: t.prismaField({
      type: Postback,
      nullable: true,
      description: 'The row that came of it; null for a pixel that has none for this event.',
      resolve: (query, { postbackId }, _args, { db }) =>
        postbackId ? db.postback.findUnique({ ...query, where: { id: postbackId } }) : null,
    }),
  }),
});

export const Event = builder.prismaNode('Event', {
  id: { field: 'id' },
  select: { id: true },
  fields: (t) => ({
    type: t.exposeString('type'),
    status: t.expose('status', { type: EventStatus }),
    revision: t.exposeInt('revision'),
    previousStatus: t.expose('previousStatus', { type: EventStatus, nullable: true }),
    amount: t.expose('amount', {
      type: 'Decimal',
      nullable: true,
      description: 'Exact amount of the conversion, for example the deposit.',
    }),
    currency: t.exposeString('currency', { nullable: true }),
    payout: t.expose('payout', { type: 'Decimal', nullable: true }),
    payoutCurrency: t.exposeString('payoutCurrency', { nullable: true }),
    customerId: t.string({
      nullable: true,
      description:
        "The partner's own id of the customer; null when it was not reported, or for an AFFILIATE key without VISITOR_DATA.",
      select: { customerId: true },
      resolve: async ({ customerId }, _args, context) =>
        customerId !== null && (await seesVisitors(context)) ? customerId : null,
    }),
    transactionId: t.exposeString('transactionId', { nullable: true }),
    clickId: t.exposeString('clickId', { nullable: true }),
    click: t.relation('click', {
      nullable: true,
      description: 'The click it belongs to; null when `unattributed` says why not.',
    }),
    integration: t.prismaField({
      type: Integration,
      description: 'The source that reported it.',
      select: { integrationId: true },
      resolve: (query, { integrationId }, _args, { db }) =>
        db.integration.findUniqueOrThrow({ ...query, where: { id: integrationId } }),
    }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime' }),
    test: t.exposeBoolean('test'),
    unattributed: t.expose('unattributed', { type: UnattributedReason, nullable: true }),
    postbacks: t.relatedConnection(
      'postbacks',
      {
        cursor: 'id',
        description: 'What its pixels owe for it, newest first.',
        query: (args, { viewer }) => {
          checkPage(args);
          return { where: visiblePostbacks(viewer), orderBy: { id: 'desc' } };
        },
      },
      PostbackConnection,
    ),
    decisions: t.field({
      type: [DecisionType],
      description:
        'For every pixel of the affiliate that this key may see: does it fire for this event and, if not, why? A pixel with a postback tells what was decided then.',
      complexity: 20,
      select: { id: true },
      resolve: async ({ id }, _args, context) => {
        const decisions = (await loadDecisions(context, id)) ?? [];
        return decisions.filter(({ affiliateId }) => maySeeAffiliate(context.viewer, affiliateId));
      },
    }),
  }),
});

const EventConnection = builder.connectionObject(
  { type: Event, name: 'EventConnection', description: 'A page of events.' },
  { name: 'EventEdge', description: 'An event and its place.' },
);

export const EventFilterInput = builder.inputType('EventFilter', {
  description: 'Which events; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    affiliateIds: t.idList({ description: 'Of the click.' }),
    integrationIds: t.idList(),
    types: t.stringList({ description: 'Codes of event types.' }),
    status: t.field({ type: [EventStatus] }),
    clickId: t.string({ description: 'As reported.' }),
    transactionId: t.string({ description: "The partner's id of the conversion." }),
    unattributed: t.boolean({ description: 'Only those without a click, or only those with one.' }),
    from: t.field({ type: 'DateTime', description: 'Received at or after.' }),
    to: t.field({ type: 'DateTime', description: 'Received before.' }),
  }),
});

/** The filter with row ids, and without what was left out or null. */
export function toEventFilter(
  input: typeof EventFilterInput.$inferInput | null | undefined,
): EventFilter {
  checkWindow(input);
  const { affiliateIds, integrationIds, ...rest } = input ?? {};
  return withoutNulls({
    ...rest,
    affiliateIds: rowIdsOf('Affiliate', affiliateIds),
    integrationIds: rowIdsOf('Integration', integrationIds),
  });
}

builder.queryField('events', (t) =>
  t.prismaConnection(
    {
      type: Event,
      cursor: 'id',
      description: 'Events, newest first, without those of test fires.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: EventFilterInput }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        const where = { AND: [visibleEvents(viewer), eventsWhere(toEventFilter(args.where))] };
        return db.event.findMany({ ...query, where, orderBy: { id: 'desc' } });
      },
    },
    EventConnection,
  ),
);

const RecordEventInput = builder.inputType('RecordEventInput', {
  description: 'One report of a conversion.',
  fields: (t) => ({
    clickId: t.string({
      required: true,
      description:
        'Our click id, `{clickid}`; an unknown one is stored and told in `unattributed`.',
    }),
    type: t.string({ required: true, description: 'Code of an event type, matched exactly.' }),
    amount: t.string({
      description: 'Decimal string, at most 20 digits before and 10 after the point.',
    }),
    currency: t.string({ description: 'ISO 4217 code.' }),
    payout: t.string({
      description:
        'Commission of the affiliate, as `amount`. It makes no new revision of a report that differs in nothing else.',
    }),
    payoutCurrency: t.string({ description: 'ISO 4217 code; needed beside `payout`.' }),
    customerId: t.string({
      description: "The partner's id of the customer, at most 255 characters.",
    }),
    transactionId: t.string({
      description:
        "The partner's id of the conversion: reports of the same one are told apart by it.",
    }),
    status: t.field({ type: EventStatus, description: 'Default APPROVED.' }),
    occurredAt: t.field({ type: 'DateTime', description: 'Default: now.' }),
    integrationId: t.id({
      description:
        "Default: the key's integration, else the built-in one. An INTEGRATION key may name only its own.",
    }),
  }),
});

const RecordEventPayload = payloadRef<StoredEvent>('RecordEvent').implement({
  description: 'The event the report ended up as.',
  fields: (t) => ({
    event: t.prismaField({
      type: Event,
      // Most senders ask for the id, which is known: they wait for no statement.
      resolve: (query, { eventId }, _args, { db }, info) =>
        asksForIdOnly(info)
          ? ({ id: eventId } as EventRow)
          : db.event.findUniqueOrThrow({ ...query, where: { id: eventId } }),
    }),
    postbacks: t.prismaField({
      type: [Postback],
      description: 'What its pixels owe for it, without replays and test fires.',
      resolve: (query, { eventId }, _args, { db, viewer }) =>
        db.postback.findMany({
          ...query,
          where: { AND: [{ eventId, replayOfId: null, test: false }, visiblePostbacks(viewer)] },
          orderBy: { id: 'asc' },
          take: 1_000,
        }),
    }),
    duplicate: t.exposeBoolean('duplicate', {
      description:
        'The report equals the latest revision of its transaction: nothing new was stored.',
    }),
  }),
});

const RecordEventResult = resultOf('RecordEvent', RecordEventPayload);

builder.mutationField('recordEvent', (t) =>
  t.field({
    type: RecordEventResult,
    description:
      'Records one report of a conversion; its postbacks are scheduled when this answers.',
    authScopes: { roles: REPORTERS },
    args: { input: t.arg({ type: RecordEventInput, required: true }) },
    resolve: (_root, { input }, { viewer, recordEvent }) => recordEvent(viewer, toReport(input)),
  }),
);

const RecordEventsInput = builder.inputType('RecordEventsInput', {
  description: 'Several reports at once.',
  fields: (t) => ({
    events: t.field({
      type: [RecordEventInput],
      required: true,
      description: `1 to ${MAX_EVENTS} reports.`,
    }),
  }),
});

const RecordEventsPayload = payloadRef<{ results: (StoredEvent | Error)[] }>(
  'RecordEvents',
).implement({
  description: 'One result per report, in order. A refused report does not stop the others.',
  fields: (t) => ({
    results: t.field({
      type: [RecordEventResult],
      description: 'What recordEvent would have answered to each report.',
      resolve: ({ results }) => results as StoredEvent[],
    }),
  }),
});

builder.mutationField('recordEvents', (t) =>
  t.field({
    type: resultOf('RecordEvents', RecordEventsPayload),
    description: `Records up to ${MAX_EVENTS} reports, each with a result of its own.`,
    authScopes: { roles: REPORTERS },
    args: { input: t.arg({ type: RecordEventsInput, required: true }) },
    complexity: ({ input: { events } }) => ({ field: events.length, multiplier: events.length }),
    resolve: async (_root, { input: { events } }, { viewer, recordEvent }) => {
      if (events.length < 1 || events.length > MAX_EVENTS) {
        const message = `must hold 1 to ${MAX_EVENTS} events; it holds ${events.length}`;
        throw new InvalidInputError([{ path: ['events'], message }]);
      }
      const results = events.map((event) =>
        Promise.try(() => recordEvent(viewer, toReport(event))).catch((thrown: unknown) => {
          if (isRefusal(thrown)) return thrown;
          throw thrown;
        }),
      );
      return { results: await Promise.all(results) };
    },
  }),
);

function toReport<Input extends { integrationId?: string | null }>(input: Input): object {
  const { integrationId, ...report } = input;
  return {
    ...report,
    integrationId: integrationId ? rowIdOf('Integration', integrationId) : null,
  };
}
