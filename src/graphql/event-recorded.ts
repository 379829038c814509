import { encodeCursor } from '../live/position.ts';
import type { LiveMessage } from '../live/watch.ts';
import { interestInEvents } from '../reports/live-interest.ts';
import type { EventRow } from '../store/event-log.ts';
import { builder, READERS } from './builder.ts';
import { Event, EventFilterInput, toEventFilter } from './event.ts';
import { AFTER, CURSOR, startOf } from './live-position.ts';
import { Gap } from './postback-fired.ts';

const EventRecorded = builder.objectRef<LiveMessage<EventRow>>('EventRecorded').implement({
  description:
    'An event that was recorded. The first message, and one every 15 s of silence, only tells the cursor.',
  fields: (t) => ({
    cursor: t.string({
      description: CURSOR,
      resolve: ({ position }) => encodeCursor(position),
    }),
    gap: t.expose('gap', {
      type: Gap,
      nullable: true,
      description: 'Set only when the log no longer holds what was missed.',
    }),
    event: t.prismaField({
      type: Event,
      nullable: true,
      description: 'The event as it was when this was told first; null in a heartbeat.',
      resolve: (query, { row }, _args, { db }) =>
        row ? db.event.findUnique({ ...query, where: { id: row.id } }) : null,
    }),
  }),
});

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
