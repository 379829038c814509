import { createBatchLoader } from '../platform/batch-loader.ts';
import { renderPostback } from '../postbacks/render-postback.ts';
import { statusOf } from '../reports/postback-filter.ts';
import { type Latency, latencyOf } from '../reports/postback-latency.ts';
import { loadHeldPostbacks } from '../store/destinations.ts';
import { loadPostbackFacts } from '../store/postbacks.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { PostbackStatus } from './enums.ts';
import { checkPage, NUMBER_CURSOR } from './mutation.ts';
import { PlaceholderValue } from './placeholder.ts';
import { showBody, showUrl, showValues } from './visitor-data.ts';

export const PostbackAttempt = builder.prismaObject('PostbackAttempt', {
  fields: (t) => ({
    number: t.exposeInt('number'),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    durationMs: t.exposeInt('durationMs'),
    finalUrl: t.string({
      description:
        'The URL that was called; `***` stands for visitor data that this key may not see.',
      select: { finalUrl: true, postbackId: true },
      resolve: ({ finalUrl, postbackId }, _args, context) => showUrl(context, postbackId, finalUrl),
    }),
    statusCode: t.exposeInt('statusCode', { nullable: true }),
    errorKind: t.exposeString('errorKind', { nullable: true }),
    message: t.exposeString('message', { nullable: true }),
    responseBody: t.exposeString('responseBody', { nullable: true }),
    superseded: t.exposeBoolean('superseded'),
  }),
});

const PostbackLatency = builder.objectRef<Latency>('PostbackLatency').implement({
  description:
    'Milliseconds of each stage; null for a stage that was not reached. Times of different clocks are compared: a stage may be slightly negative.',
  fields: (t) => ({
    receivedMs: t.exposeInt('receivedMs', {
      nullable: true,
      description:
        "From the conversion (`Event.occurredAt`, the partner's clock) to our receipt: their delay. Null when longer than 24 days.",
    }),
    heldMs: t.exposeInt('heldMs', {
      nullable: true,
      description: "From receipt to `dueAt`: the integration's delay, both by PostgreSQL's clock.",
    }),
    firstTryMs: t.exposeInt('firstTryMs', {
      nullable: true,
      description:
        "From `dueAt` to the start of the first attempt, by the worker's clock: our lateness.",
    }),
    doneMs: t.exposeInt('doneMs', {
      nullable: true,
      description: 'From the start of the first attempt to the final outcome, retries included.',
    }),
  }),
});

const PostbackAttemptConnection = builder.connectionObject(
  {
    type: PostbackAttempt,
    name: 'PostbackAttemptConnection',
    description: 'A page of attempts.',
  },
  { name: 'PostbackAttemptEdge', description: 'An attempt and its place.' },
);

export const Postback = builder.prismaNode('Postback', {
  id: { field: 'id' },
  select: { id: true },
  fields: (t) => ({
    status: t.field({
      type: PostbackStatus,
      description: 'Where it stands.',
      select: { id: true, state: true, attemptsMade: true },
      resolve: async ({ id, state, attemptsMade }, _args, context) => {
        const held = state === 'OPEN' && (await loadHeld(context, id)) === true;
        return statusOf({ state, attemptsMade, held });
      },
    }),
    reason: t.exposeString('reason', { nullable: true }),
    affiliate: t.relation('affiliate', { description: "The pixel's owner." }),
    campaign: t.relation('campaign', { nullable: true, description: 'Of the click.' }),
    pixel: t.relation('pixel', { description: 'The pixel that owes it, as it is now.' }),
    event: t.relation('event', { description: 'The event revision it is owed for.' }),
    clickId: t.exposeString('clickId', { nullable: true, description: 'Our id of the click.' }),
    entryUrl: t.string({
      nullable: true,
      description: 'The entry URL of the click, exactly as it was visited.',
      select: { event: { select: { click: { select: { entryUrl: true } } } } },
      resolve: ({ event }) => event.click?.entryUrl ?? null,
    }),
    url: t.string({
      description: 'The template, in the version this postback was planned with.',
      select: { version: { select: { url: true } } },
      resolve: ({ version }) => version.url,
    }),
    finalUrl: t.string({
      nullable: true,
      description:
        'The URL that was called by the last attempt; `***` stands for visitor data that this key may not see.',
      select: { id: true, finalUrl: true },
      resolve: ({ id, finalUrl }, _args, context) => showUrl(context, id, finalUrl),
    }),
    unresolved: t.stringList({
      description: 'Placeholders without a value.',
      complexity: 5,
      select: { id: true },
      resolve: async ({ id }, _args, context) => {
        const rendering = await renderById(context, id);
        if (!rendering) return [];
        return rendering.kind === 'rendered' ? rendering.unresolved : rendering.names;
      },
    }),
    values: t.field({
      type: [PlaceholderValue],
      description:
        'Where each substituted value comes from; `***` stands for visitor data that this key may not see.',
      complexity: 5,
      select: { id: true },
      resolve: async ({ id }, _args, context) =>
        showValues(context, (await renderById(context, id))?.values ?? []),
    }),
    body: t.string({
      nullable: true,
      description:
        'Body of the latest call, or of the first one while none was made; null for GET. `***` when it holds visitor data that this key may not see.',
      select: { id: true },
      resolve: async ({ id }, _args, context) => {
        const body = bodyOf(await renderById(context, id));
        return body && showBody(context, body);
      },
    }),
    contentType: t.string({
      nullable: true,
      description: 'What `body` is sent as; null for GET.',
      select: { id: true },
      resolve: async ({ id }, _args, context) =>
        bodyOf(await renderById(context, id))?.contentType ?? null,
    }),
    dueAt: t.expose('dueAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    lastStatusCode: t.exposeInt('lastStatusCode', { nullable: true }),
    latency: t.field({
      type: PostbackLatency,
      description: 'Where the time went, from the conversion to the outcome.',
      select: {
        dueAt: true,
        firedAt: true,
        finishedAt: true,
        event: { select: { occurredAt: true, receivedAt: true } },
      },
      resolve: latencyOf,
    }),
    firedAt: t.expose('firedAt', { type: 'DateTime', nullable: true }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true }),
    attempts: t.relatedConnection(
      'attempts',
      {
        cursor: 'id',
        description: 'Every HTTP try, in order.',
        query: (args) => {
          checkPage(args, NUMBER_CURSOR);
          return { orderBy: { id: 'asc' } };
        },
      },
      PostbackAttemptConnection,
    ),
    lastAttempt: t.field({
      type: PostbackAttempt,
      nullable: true,
      description: 'The latest HTTP try.',
      select: (_args, _context, nested) => ({
        attempts: nested({ orderBy: { id: 'desc' }, take: 1 }),
      }),
      resolve: ({ attempts }) => attempts[0] ?? null,
    }),
    replayOf: t.prismaField({
      type: 'Postback',
      nullable: true,
      description: 'The postback this one repeats on request.',
      select: { replayOfId: true },
      resolve: (query, { replayOfId }, _args, { db }) =>
        replayOfId ? db.postback.findUnique({ ...query, where: { id: replayOfId } }) : null,
    }),
    test: t.exposeBoolean('test'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

/** Which of a page are held in one statement; the engine's, as it asks for rows that the viewer was given. */
const loadHeld = createBatchLoader(({ engine }: Context, ids) =>
  loadHeldPostbacks(engine.sql, ids),
);

/** The facts of all postbacks of a page in one statement; the engine's, as they hold the sealed secrets. */
const loadFacts = createBatchLoader(({ engine }: Context, ids) =>
  loadPostbackFacts(engine.sql, ids),
);

const bodyOf = (rendering: Awaited<ReturnType<typeof renderById>>) =>
  rendering?.kind === 'rendered' ? rendering.body : null;

/** The template's rendering as of the last attempt, or of a first one now; null when it cannot be. */
async function renderById(
  context: Context,
  id: string,
): Promise<ReturnType<typeof renderPostback> | null> {
  const facts = await loadFacts(context, id);
  if (!facts) return null;
  const { clock, secrets } = context;
  const attemptsMade = Math.max(0, facts.lastNumber - 1);
  try {
    // A call that was made kept what its secret made of it: the secret may be gone by now.
    const sealed = facts.kept ? [] : facts.sealedSecrets;
    const [secret = null] = secrets.open(facts.pixelId, sealed);
    const fireTime = facts.lastStartedAt ?? clock.now();
    return renderPostback({ ...facts, attemptsMade }, fireTime, secret, facts.kept);
  } catch {
    // A fault of the template or a missing key is told elsewhere: one such row must not take the page with it.
    return null;
  }
}

export const PostbackConnection = builder.connectionObject(
  { type: Postback, name: 'PostbackConnection', description: 'A page of postbacks.' },
  { name: 'PostbackEdge', description: 'A postback and its place.' },
);
