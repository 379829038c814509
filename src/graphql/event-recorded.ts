import { interestInEvents } from '../reports/live-interest.ts';
import type { EventRow } from '../store/event-log.ts';
import { builder, READERS } from './builder.ts';
import { Event, EventFilterInput, toEventFilter } from './event.ts';
import { liveMessage } from './live-message.ts';
import { AFTER, startOf } from './live-position.ts';

const EventRecorded = liveMessage<EventRow>('EventRecorded', 'An event that was recorded.');

builder.objectFields(EventRecorded, (t) => ({
  event: t.prismaField({
    type: Event,
    nullable: true,
    description: 'The event as it was when this was told first; null in a heartbeat.',
    resolve: (query, { row }, _args, { db }) =>
      row ? db.event.findUnique({ ...query, where: { id: row.id } }) : null,
  }),
}));

builder.subscriptionField('eventRecorded', (t) =>
  t.field({
    type: EventRecorded,
    description:
      'Every event this key may see, after it is on disk, in the order of commit: each revision, and once more one that finds its click later. Duplicates and test fires make none.',
    authScopes: { roles: READERS },
    args: {
      where: t.arg({ type: EventFilterInput }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { where, after }, context) =>
      context.watchEvents({
        ...interestInEvents(context.viewer, toEventFilter(where)),
        after: startOf(after, context, 'events'),
      }),
    resolve: (message) => message,
  }),
);
