import { countTotals, type PostbackCounts } from '../reports/postback-counts.ts';
import {
  type StatusCodeClass as CodeClass,
  POSTBACK_STATUSES,
  type PostbackFilter,
  withinVisible,
} from '../reports/postback-filter.ts';
import {
  type StatsBucketSize as BucketSize,
  countPostbacks,
  MAX_BUCKETS,
  type StatusCounts,
} from '../reports/postback-stats.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { PostbackStatus, StatsBucketSize, StatusCodeClass } from './enums.ts';
import { PostbackFilterInput, toFilter } from './postback-list.ts';

export const StatusCount = builder
  .objectRef<{ status: (typeof POSTBACK_STATUSES)[number]; count: number }>('StatusCount')
  .implement({
    description: 'How many postbacks stand where.',
    fields: (t) => ({
      status: t.expose('status', { type: PostbackStatus, description: 'Where they stand.' }),
      count: t.exposeInt('count', { description: 'How many.' }),
    }),
  });

export const StatusCodeCount = builder
  .objectRef<{ statusCode: CodeClass; count: number }>('StatusCodeCount')
  .implement({
    description: 'How many postbacks were last answered how.',
    fields: (t) => ({
      statusCode: t.expose('statusCode', { type: StatusCodeClass, description: 'The answer.' }),
      count: t.exposeInt('count', { description: 'How many.' }),
    }),
  });

const PostbackStatsBucket = builder
  .objectRef<{ from: Date; counts: StatusCounts }>('PostbackStatsBucket')
  .implement({
    description: 'Postbacks whose `dueAt` lies in one minute, hour, day or month.',
    fields: (t) => ({
      from: t.expose('from', { type: 'DateTime', description: 'Where the bucket begins.' }),
      total: t.int({ description: 'All of them.', resolve: ({ counts }) => totalOf(counts) }),
      byStatus: t.field({
        type: [StatusCount],
        description: 'By status; a status without postbacks is left out.',
        resolve: ({ counts }) => listOf(counts),
      }),
    }),
  });

type Stats = {
  filter: PostbackFilter;
  bucket: BucketSize;
  timeZone: string;
  /** Read when the first field asks, once for all that do. */
  totals: () => Promise<PostbackCounts>;
};

const PostbackStats = builder.objectRef<Stats>('PostbackStats').implement({
  description: 'Counts of postbacks, without test fires unless the filter asks for them.',
  fields: (t) => ({
    total: t.int({
      description: 'All that pass the filter.',
      resolve: async ({ totals }) => totalOf((await totals()).byStatus),
    }),
    byStatus: t.field({
      type: [StatusCount],
      description: 'By status; a status without postbacks is left out.',
      resolve: async ({ totals }) => listOf((await totals()).byStatus),
    }),
    byStatusCode: t.field({
      type: [StatusCodeCount],
      description: 'By class of the last answer, most first; what was not attempted is left out.',
      complexity: 50,
      resolve: async ({ totals }) => (await totals()).byStatusCode,
    }),
    buckets: t.field({
      type: [PostbackStatsBucket],
      description: `By time, oldest first, without empty buckets; the newest ${MAX_BUCKETS.toLocaleString('en')} at most.`,
      complexity: 50,
      resolve: ({ filter, bucket, timeZone }, _args, { sql }) =>
        countPostbacks(sql, filter, bucket, timeZone),
    }),
  }),
});

builder.queryField('postbackStats', (t) =>
  t.field({
    type: PostbackStats,
    description: 'Counts of the postbacks this key may see.',
    authScopes: { roles: READERS },
    complexity: 50,
    args: {
      where: t.arg({ type: PostbackFilterInput }),
      bucket: t.arg({ type: StatsBucketSize, description: 'Default DAY.' }),
      timeZone: t.arg.string({ description: 'IANA name that buckets begin in; default UTC.' }),
    },
    resolve: (_root, { where, bucket, timeZone }, { sql, viewer }) => {
      const filter = withinVisible(viewer, toFilter(where));
      let read: Promise<PostbackCounts> | undefined;
      return {
        filter,
        bucket: bucket ?? 'DAY',
        timeZone: checkTimeZone(timeZone ?? 'UTC'),
        totals() {
          read ??= countTotals(sql, filter);
          return read;
        },
      };
    },
  }),
);

/** Offsets such as `+01:00` are no names: PostgreSQL counts them the other way round. */
function checkTimeZone(timeZone: string): string {
  try {
    if (/^[A-Za-z]/.test(timeZone)) {
      return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
    }
  } catch {
    // Told below.
  }
  throw callerError(
    'BAD_USER_INPUT',
    `"timeZone" must be an IANA name such as Europe/Madrid; it was ${JSON.stringify(timeZone.slice(0, 64))}.`,
  );
}

export function totalOf(counts: StatusCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export function listOf(counts: StatusCounts) {
  return POSTBACK_STATUSES.filter((status) => counts[status]).map((status) => ({
    status,
    count: counts[status] ?? 0,
  }));
}
