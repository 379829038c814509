import type { Viewer } from '../access/viewer.ts';
import { managedByAffiliate, visibleByAffiliate } from '../access/visibility.ts';
import { findUnpermitted } from '../pixels/permissions.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../platform/refusals.ts';
import type { Db } from '../store/database.ts';
import type { Postback as PostbackRow } from '../store/generated/client/client.ts';
import { builder, OWNERS } from './builder.ts';
import { TemplateChoice } from './enums.ts';
import { rowIdOf } from './ids.ts';
import { payloadRef, resultOf } from './mutation.ts';
import { findPixel } from './pixel-mutations.ts';
import { Postback } from './postback.ts';
import { grantedTo } from './visitor-data.ts';

/** The postback an id names, if the viewer may act on it. */
async function findPostback(db: Db, viewer: Viewer, id: string): Promise<PostbackRow> {
  const where = { AND: [{ id: rowIdOf('Postback', id) }, managedByAffiliate(viewer)] };
  const postback = await db.postback.findFirst({ where });
  if (!postback) throw new NotFoundError(`no postback has the id ${JSON.stringify(id)}`);
  return postback;
}

function loadPostback(query: object, { id }: { id: string }, _args: object, { db }: { db: Db }) {
  return db.postback.findUniqueOrThrow({ ...query, where: { id } });
}

const TestPixelInput = builder.inputType('TestPixelInput', {
  description: 'Which pixel to fire, and with which click.',
  fields: (t) => ({
    pixelId: t.id({ required: true }),
    clickId: t.string({
      description: 'Our click id; without one the catalogue of samples is used.',
    }),
  }),
});

const TestPixelPayload = payloadRef<{ id: string }>('TestPixel').implement({
  description: "The test fire, with the receiver's answer in `lastAttempt`.",
  fields: (t) => ({ postback: t.prismaField({ type: Postback, resolve: loadPostback }) }),
});

builder.mutationField('testPixel', (t) =>
  t.field({
    type: resultOf('TestPixel', TestPixelPayload),
    description:
      'Fires one pixel once, at once, with `{test}` = 1. It is marked in the log and left out of statistics.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: TestPixelInput, required: true }) },
    // A call of somebody's server, waited for: 200 a minute with the default rate limit.
    complexity: 500,
    resolve: async (_root, { input }, context) => {
      const { db, viewer, engine, requests } = context;
      const pixel = await findPixel(db, viewer, input.pixelId);
      if (pixel.status === 'DELETED') throw new NotFoundError('this pixel was deleted');
      const issues = findUnpermitted(pixel, await grantedTo(context));
      if (issues.length > 0) throw new InvalidInputError(issues);
      if (pixel.status === 'PENDING_APPROVAL' && viewer.role !== 'ADMIN') {
        throw new ConflictError(
          'this pixel waits for approval: previewPostback shows what it would call',
        );
      }
      if (!input.clickId) return { id: await requests.test(engine, pixel, null) };
      const where = { AND: [{ clickId: input.clickId }, visibleByAffiliate(viewer)] };
      const click = await db.click.findFirst({ where });
      if (!click) throw new NotFoundError('no click has this clickId');
      return { id: await requests.test(engine, pixel, click) };
    },
  }),
);

const ReplayPostbackInput = builder.inputType('ReplayPostbackInput', {
  description: 'Which postback to fire again.',
  fields: (t) => ({
    postbackId: t.id({ required: true }),
    template: t.field({ type: TemplateChoice, description: 'Default ORIGINAL.' }),
  }),
});

const ReplayPostbackPayload = payloadRef<{ id: string }>('ReplayPostback').implement({
  description: 'The new postback, due now; `replayOf` is the old one.',
  fields: (t) => ({ postback: t.prismaField({ type: Postback, resolve: loadPostback }) }),
});

builder.mutationField('replayPostback', (t) =>
  t.field({
    type: resultOf('ReplayPostback', ReplayPostbackPayload),
    description:
      'Fires a decided postback again, as a new row. ConflictError while the old one is open.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: ReplayPostbackInput, required: true }) },
    resolve: async (_root, { input }, { db, viewer, engine, requests }) => {
      const old = await findPostback(db, viewer, input.postbackId);
      return { id: await requests.replay(engine, old, input.template ?? 'ORIGINAL') };
    },
  }),
);

const CancelPostbackInput = builder.inputType('CancelPostbackInput', {
  description: 'Which postback to stop.',
  fields: (t) => ({ postbackId: t.id({ required: true }) }),
});

const CancelPostbackPayload = payloadRef<{ id: string }>('CancelPostback').implement({
  description: 'The postback as it is now.',
  fields: (t) => ({ postback: t.prismaField({ type: Postback, resolve: loadPostback }) }),
});

builder.mutationField('cancelPostback', (t) =>
  t.field({
    type: resultOf('CancelPostback', CancelPostbackPayload),
    description:
      'Stops an open postback: no further attempt is made. ConflictError when it is decided.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: CancelPostbackInput, required: true }) },
    resolve: async (_root, { input }, { db, viewer, engine, requests }) => {
      const postback = await findPostback(db, viewer, input.postbackId);
      await requests.cancel(engine, postback);
      return { id: postback.id };
    },
  }),
);
