import { interestInClicks } from '../reports/live-interest.ts';
import type { ClickRow } from '../store/click-log.ts';
import { builder, READERS } from './builder.ts';
import { Click, ClickFilterInput, toClickFilter } from './click.ts';
import { liveMessage } from './live-message.ts';
import { AFTER, startOf } from './live-position.ts';

const ClickRecorded = liveMessage<ClickRow>('ClickRecorded', 'A click that was stored.');

builder.objectFields(ClickRecorded, (t) => ({
  click: t.prismaField({
    type: Click,
    nullable: true,
    description: 'The click; null in a heartbeat.',
    resolve: (query, { row }, _args, { db }) =>
      row ? db.click.findUnique({ ...query, where: { id: row.id } }) : null,
  }),
}));

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
