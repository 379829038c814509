import type { KeyViewer, Viewer } from '../access/viewer.ts';
import { managedByAffiliate } from '../access/visibility.ts';
import { InvalidInputError, NotFoundError } from '../platform/refusals.ts';
import { createJobRequests } from '../postbacks/job-requests.ts';
import type { Db } from '../store/database.ts';
import type { Job as JobRow } from '../store/generated/client/client.ts';
import { builder, OWNERS } from './builder.ts';
import { TemplateChoice } from './enums.ts';
import { rowIdOf } from './ids.ts';
import { Job } from './job.ts';
import { payloadRef, resultOf } from './mutation.ts';
import { findPixel } from './pixel-mutations.ts';
import { PostbackFilterInput, toFilter } from './postback-list.ts';

/** The job an id names, if the viewer may act on it. */
async function findJob(db: Db, viewer: Viewer, id: string): Promise<JobRow> {
  const where = { AND: [{ id: rowIdOf('Job', id) }, managedByAffiliate(viewer)] };
  const job = await db.job.findFirst({ where });
  if (!job) throw new NotFoundError(`no job has the id ${JSON.stringify(id)}`);
  return job;
}

function jobPayload(mutation: string, description: string) {
  return payloadRef<{ id: string }>(mutation).implement({
    description,
    fields: (t) => ({
      job: t.prismaField({
        type: Job,
        resolve: (query, { id }, _args, { db }) =>
          db.job.findUniqueOrThrow({ ...query, where: { id } }),
      }),
    }),
  });
}

const PlanBackfillInput = builder.inputType('PlanBackfillInput', {
  description: 'Which pixel to fire for which past events.',
  fields: (t) => ({
    pixelId: t.id({ required: true }),
    from: t.field({ type: 'DateTime', required: true, description: 'Received at or after.' }),
    to: t.field({
      type: 'DateTime',
      required: true,
      description: 'Received before; at most 400 days after `from`.',
    }),
  }),
});

builder.mutationField('planBackfill', (t) =>
  t.field({
    type: resultOf(
      'PlanBackfill',
      jobPayload('PlanBackfill', 'The job with what it would make; nothing is made yet.'),
    ),
    description:
      'Counts what a pixel would have fired for past events, in their latest revision. Saving a pixel never does this by itself; start the job to do it.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: PlanBackfillInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { db, viewer } = context;
      const pixel = await findPixel(db, viewer, input.pixelId);
      const jobs = createJobRequests(context);
      return { id: await jobs.planBackfill(pixel, input, (viewer as KeyViewer).name) };
    },
  }),
);

const PlanReplayInput = builder.inputType('PlanReplayInput', {
  description: 'Which failed postbacks to fire again, and with which template.',
  fields: (t) => ({
    where: t.field({
      type: PostbackFilterInput,
      required: true,
      description: '`from` and `to` (on `dueAt`) are needed; `status` and `test` are not taken.',
    }),
    template: t.field({ type: TemplateChoice, description: 'Default ORIGINAL.' }),
  }),
});

builder.mutationField('planReplay', (t) =>
  t.field({
    type: resultOf(
      'PlanReplay',
      jobPayload('PlanReplay', 'The job with its count; nothing is fired yet.'),
    ),
    description:
      'Counts the FAILED postbacks of a window that nobody replayed since. Start the job to fire them again.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: PlanReplayInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { viewer } = context;
      const { from, to, status, test, ...rest } = toFilter(input.where);
      if (!from || !to) throw refusal(from ? 'to' : 'from', 'is needed: a replay has a window');
      if (status) throw refusal('status', 'is FAILED in a replay: leave it out');
      if (test !== undefined) throw refusal('test', 'test fires are never replayed: leave it out');
      const own = managedByAffiliate(viewer).affiliateId?.in;
      const asked = rest.affiliateIds;
      const affiliateIds = own && asked ? asked.filter((id) => own.includes(id)) : (own ?? asked);
      const filter = { ...rest, ...(affiliateIds && { affiliateIds }), from, to };
      const { name, affiliateId } = viewer as KeyViewer;
      return {
        id: await createJobRequests(context).planReplay(filter, input.template ?? 'ORIGINAL', {
          affiliateId,
          author: name,
        }),
      };
    },
  }),
);

function refusal(field: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['where', field], message }]);
}

const StartJobInput = builder.inputType('StartJobInput', {
  description: 'Which planned job.',
  fields: (t) => ({ jobId: t.id({ required: true }) }),
});

builder.mutationField('startJob', (t) =>
  t.field({
    type: resultOf('StartJob', jobPayload('StartJob', 'The job, which a worker begins at once.')),
    description: 'Starts a planned job; watch it with `jobProgress`.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: StartJobInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const job = await findJob(context.db, context.viewer, input.jobId);
      await createJobRequests(context).start(job);
      return { id: job.id };
    },
  }),
);

const CancelJobInput = builder.inputType('CancelJobInput', {
  description: 'Which job to end.',
  fields: (t) => ({
    jobId: t.id({ required: true }),
    cancelPostbacks: t.boolean({
      description: 'Also cancels those of its postbacks that are still open; default false.',
    }),
  }),
});

builder.mutationField('cancelJob', (t) =>
  t.field({
    type: resultOf('CancelJob', jobPayload('CancelJob', 'The job as it ended.')),
    description:
      'Ends a job after the batch under way. What it made stays, unless `cancelPostbacks` is set.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: CancelJobInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const job = await findJob(context.db, context.viewer, input.jobId);
      await createJobRequests(context).cancel(job, input.cancelPostbacks ?? false);
      return { id: job.id };
    },
  }),
);
