import { encodeCursor } from '../live/position.ts';
import type { LiveGap, LiveMessage } from '../live/watch.ts';
import { interestOf } from '../reports/live-interest.ts';
import { withinVisible } from '../reports/postback-filter.ts';
import type { AttemptRow } from '../store/attempt-log.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { startOf } from './live-position.ts';
import { Postback, PostbackAttempt, PostbackFilterInput, toFilter } from './postback.ts';

export const Gap = builder.objectRef<LiveGap>('Gap').implement({
  description:
    'What a resuming viewer missed and the log no longer holds: read it from `postbacks`.',
  fields: (t) => ({
    from: t.string({
      description: 'Where the gap begins.',
      resolve: ({ from }) => encodeCursor(from),
    }),
    to: t.string({ description: 'Where it ends.', resolve: ({ to }) => encodeCursor(to) }),
  }),
});

const PostbackFired = builder.objectRef<LiveMessage<AttemptRow>>('PostbackFired').implement({
  description:
    'A finished attempt. The first message, and one every 15 s of silence, only tells the cursor.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place in the log; pass it as `after` to resume behind it.',
      resolve: ({ position }) => encodeCursor(position),
    }),
    gap: t.expose('gap', {
      type: Gap,
      nullable: true,
      description: 'Set only when the log no longer holds what was missed.',
    }),
    postback: t.prismaField({
      type: Postback,
      nullable: true,
      description: 'The postback as it was when this was told first; null in a heartbeat.',
      resolve: (query, { row }, _args, { db }) =>
        row ? db.postback.findUnique({ ...query, where: { id: row.postbackId } }) : null,
    }),
    attempt: t.prismaField({
      type: PostbackAttempt,
      nullable: true,
      description: 'The attempt that finished; null in a heartbeat.',
      resolve: (query, { row }, _args, { db }) =>
        row ? db.postbackAttempt.findUnique({ ...query, where: { id: row.attemptId } }) : null,
    }),
  }),
});

builder.subscriptionField('postbackFired', (t) =>
  t.field({
    type: PostbackFired,
    description:
      'Every finished attempt of the postbacks this key may see, after it is on disk, in the order of commit.',
    authScopes: { roles: READERS },
    args: {
      where: t.arg({ type: PostbackFilterInput }),
      after: t.arg.string({ description: 'Resume behind this cursor; default: from now on.' }),
      since: t.arg({
        type: 'DateTime',
        description: 'Instead of `after`: begin with what finished at or after this time.',
      }),
    },
    subscribe: async (_root, { where, after, since }, context) => {
      const { viewer, watchAttempts, placeBefore } = context;
      const interest = interestOf(withinVisible(viewer, toFilter(where)));
      if (!since) return watchAttempts({ ...interest, after: startOf(after, context) });
      if (after) throw callerError('BAD_USER_INPUT', 'either after or since, not both');
      return watchAttempts({
        ...interest,
        // A browser that comes back sends the same `since` with its last event.
        after: startOf(null, context) ?? (await placeBefore(since)),
        except: (row) => row.finishedAt < since,
      });
    },
    resolve: (message) => message,
  }),
);
