import { encodeCursor } from '../live/position.ts';
import type { LiveMessage } from '../live/watch.ts';
import { interestInClicks } from '../reports/live-interest.ts';
import type { ClickRow } from '../store/click-log.ts';
import { builder, READERS } from './builder.ts';
import { Click, ClickFilterInput, toClickFilter } from './click.ts';
import { AFTER, CURSOR, startOf } from './live-position.ts';
import { Gap } from './postback-fired.ts';

const ClickRecorded = builder.objectRef<LiveMessage<ClickRow>>('ClickRecorded').implement({
  description:
    'A click that was stored. The first message, and one every 15 s of silence, only tells the cursor.',
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
    click: t.prismaField({
      type: Click,
      nullable: true,
      description: 'The click; null in a heartbeat.',
      resolve: (query, { row }, _args, { db }) =>
        row ? db.click.findUnique({ ...query, where: { id: row.id } }) : null,
    }),
  }),
});

builder.subscriptionField('clickRecorded', (t) =>
  t.field({
    type: ClickRecorded,
    description:
      'Every click this key may see, bots included, after it is on disk, in the order of commit.',
    authScopes: { roles: READERS },
    args: {
      where: t.arg({ type: ClickFilterInput }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: (_root, { where, after }, context) =>
      context.watchClicks({
        ...interestInClicks(context.viewer, toClickFilter(where)),
        after: startOf(after, context, 'clicks'),
      }),
    resolve: (message) => message,
  }),
);
