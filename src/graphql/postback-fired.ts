import { interestOf } from '../reports/live-interest.ts';
import { withinVisible } from '../reports/postback-filter.ts';
import type { AttemptRow } from '../store/attempt-log.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { liveMessage } from './live-message.ts';
import { startOf } from './live-position.ts';
import { Postback, PostbackAttempt } from './postback.ts';
import { PostbackFilterInput, toFilter } from './postback-list.ts';

const PostbackFired = liveMessage<AttemptRow>('PostbackFired', 'A finished attempt.');

builder.objectFields(PostbackFired, (t) => ({
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
}));

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
