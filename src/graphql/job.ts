import { visibleByAffiliate } from '../access/visibility.ts';
import type { Job as JobRow } from '../store/generated/client/client.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { JobKind, JobStatus } from './enums.ts';
import { readGlobalId, rowIdsOf } from './ids.ts';
import { watchJob } from './job-progress.ts';
import { checkPage } from './mutation.ts';
import { PostbackConnection } from './postback.ts';

type Plan = { wouldCreate?: number; exact?: boolean; skipped?: Record<string, number> };

const SkipCount = builder.objectRef<{ reason: string; count: number }>('SkipCount').implement({
  description: 'How many rows a job left out for one reason.',
  fields: (t) => ({
    reason: t.exposeString('reason', {
      description: 'Machine-readable, as in `Postback.reason`; `ALREADY_DECIDED` for a repeat.',
    }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

export const Job = builder.prismaNode('Job', {
  id: { field: 'id' },
  fields: (t) => ({
    kind: t.expose('kind', { type: JobKind }),
    status: t.expose('status', { type: JobStatus }),
    affiliate: t.relation('affiliate', {
      nullable: true,
      description: 'Whose postbacks it makes; null for several affiliates.',
    }),
    pixel: t.relation('pixel', { nullable: true, description: 'The pixel of a backfill.' }),
    total: t.exposeInt('total'),
    wouldCreate: t.int({
      nullable: true,
      description: 'How many postbacks the plan of a backfill counted; null for a replay.',
      select: { input: true },
      resolve: ({ input }) => planOf(input).wouldCreate ?? null,
    }),
    exact: t.boolean({
      description:
        'Whether the plan decided every row: beyond 10,000 events a backfill is planned by the first ones.',
      select: { input: true },
      resolve: ({ input }) => planOf(input).exact ?? true,
    }),
    plannedSkips: t.field({
      type: [SkipCount],
      description: 'What the plan of a backfill would leave out, most first.',
      select: { input: true },
      resolve: ({ input }) => listOf(planOf(input).skipped),
    }),
    processed: t.exposeInt('processed'),
    created: t.exposeInt('created'),
    skipped: t.field({
      type: [SkipCount],
      description: 'What it has left out so far, most first.',
      select: { skipped: true },
      resolve: ({ skipped }) => listOf(skipped as Record<string, number>),
    }),
    postbacks: t.relatedConnection(
      'postbacks',
      {
        cursor: 'id',
        description: 'What it made, newest first.',
        query: (args, { viewer }) => {
          checkPage(args);
          return { where: visibleByAffiliate(viewer), orderBy: { id: 'desc' } };
        },
      },
      PostbackConnection,
    ),
    message: t.exposeString('message', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a worker began (UTC).',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended, whichever way (UTC).',
    }),
  }),
});

function planOf(input: unknown): Plan {
  return (input as { plan?: Plan }).plan ?? {};
}

function listOf(counts: Record<string, number> = {}): { reason: string; count: number }[] {
  return Object.entries(counts)
    .map(([reason, count]) => ({ reason, count }))
    .sort((one, other) => other.count - one.count || one.reason.localeCompare(other.reason));
}

const JobConnection = builder.connectionObject(
  { type: Job, name: 'JobConnection', description: 'A page of jobs.' },
  { name: 'JobEdge', description: 'A job and its place.' },
);

const JobFilter = builder.inputType('JobFilter', {
  description: 'Which jobs; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    kind: t.field({ type: [JobKind], description: 'Backfills or replays.' }),
    status: t.field({ type: [JobStatus], description: 'Where they stand.' }),
    pixelIds: t.idList({ description: 'Backfills of these pixels.' }),
  }),
});

builder.queryField('jobs', (t) =>
  t.prismaConnection(
    {
      type: Job,
      cursor: 'id',
      description: 'Backfills and bulk replays, newest first.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: JobFilter }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        const { kind, status, pixelIds } = args.where ?? {};
        const pixels = rowIdsOf('Pixel', pixelIds);
        return db.job.findMany({
          ...query,
          where: {
            AND: [
              visibleByAffiliate(viewer),
              kind ? { kind: { in: kind } } : {},
              status ? { status: { in: status } } : {},
              pixels ? { pixelId: { in: pixels } } : {},
            ],
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    JobConnection,
  ),
);

builder.subscriptionField('jobProgress', (t) =>
  t.prismaField({
    type: Job,
    description:
      'The job as it is now, then after every change (looked at twice a second); ends when the job has.',
    authScopes: { roles: READERS },
    args: { jobId: t.arg.id({ required: true }) },
    subscribe: async (_root, { jobId }, { db, viewer }) => {
      const read = readGlobalId(String(jobId));
      const where = { AND: [{ id: read?.rowId ?? '' }, visibleByAffiliate(viewer)] };
      const job = read?.typename === 'Job' ? await db.job.findFirst({ where }) : null;
      if (!job) throw callerError('BAD_USER_INPUT', 'No job of yours has this "jobId".');
      return watchJob(job, () => db.job.findUnique({ where: { id: job.id } }));
    },
    resolve: (query, job, _args, { db }) =>
      db.job.findUniqueOrThrow({ ...query, where: { id: (job as JobRow).id } }),
  }),
);
