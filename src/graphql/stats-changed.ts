import { rightsOf } from '../access/visibility.ts';
import {
  attemptCounts,
  type PostbackCounts as Counts,
  countTotals,
  eventCounts,
} from '../reports/postback-counts.ts';
import { withinVisible } from '../reports/postback-filter.ts';
import { builder, READERS } from './builder.ts';
import { PostbackFilterInput, toFilter } from './postback-list.ts';
import { listOf, StatusCodeCount, StatusCount, totalOf } from './stats.ts';

const PostbackCounts = builder.objectRef<Counts>('PostbackCounts').implement({
  description:
    'Counts of postbacks at one moment, without test fires unless the filter asks for them.',
  fields: (t) => ({
    total: t.int({
      description: 'All that pass the filter.',
      resolve: ({ byStatus }) => totalOf(byStatus),
    }),
    byStatus: t.field({
      type: [StatusCount],
      description: 'By status; a status without postbacks is left out.',
      resolve: ({ byStatus }) => listOf(byStatus),
    }),
    byStatusCode: t.expose('byStatusCode', {
      type: [StatusCodeCount],
      description: 'By class of the last answer, most first; what was not attempted is left out.',
    }),
  }),
});

builder.subscriptionField('postbackStatsChanged', (t) =>
  t.field({
    type: PostbackCounts,
    description:
      'The counts of `postbackStats` now, and again when they have changed: once a second at most while events and attempts come, within 15 s for what else changes them (holds, replays, cancels).',
    authScopes: { roles: READERS },
    complexity: 50,
    args: { where: t.arg({ type: PostbackFilterInput }) },
    subscribe: (_root, { where }, { viewer, sql, postbackCounts, watchAttempts, watchEvents }) => {
      const filter = withinVisible(viewer, toFilter(where));
      return postbackCounts.watch({
        key: JSON.stringify([rightsOf(viewer), filter]),
        read: () => countTotals(sql, filter),
        changes: () => [
          watchAttempts({ after: null, matches: (row) => attemptCounts(filter, row) }),
          watchEvents({ after: null, matches: (row) => eventCounts(filter, row) }),
        ],
      });
    },
    resolve: (counts) => counts,
  }),
);
