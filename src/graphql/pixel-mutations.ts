import type { KeyViewer, Viewer } from '../access/viewer.ts';
import { managedByAffiliate } from '../access/visibility.ts';
import { createPixel, type SavedPixel, updatePixel } from '../pixels/save-pixel.ts';
import { NotFoundError } from '../platform/refusals.ts';
import type { Db } from '../store/database.ts';
import type { Pixel as PixelRow } from '../store/generated/client/client.ts';
import { builder, OWNERS } from './builder.ts';
import { EventStatus, HttpMethod, PixelScope, UnresolvedPolicy } from './enums.ts';
import { rowIdOf } from './ids.ts';
import { payloadRef, resultOf } from './mutation.ts';
import { Pixel } from './pixel.ts';

/** The pixel an id names, if the viewer may change it; a mutation on any other finds nothing. */
export async function findPixel(db: Db, viewer: Viewer, id: string): Promise<PixelRow> {
  const where = { AND: [{ id: rowIdOf('Pixel', id) }, managedByAffiliate(viewer)] };
  const pixel = await db.pixel.findFirst({ where });
  if (!pixel) throw new NotFoundError(`no pixel has the id ${JSON.stringify(id)}`);
  return pixel;
}

/** Refuses an affiliate that does not exist, or that the viewer may not act for. */
export async function checkOwner(db: Db, viewer: Viewer, affiliateId: string): Promise<void> {
  const managed = managedByAffiliate(viewer).affiliateId;
  const mayAct = !managed || managed.in.includes(affiliateId);
  if (mayAct && (await db.affiliate.findUnique({ where: { id: affiliateId } }))) return;
  throw new NotFoundError('no affiliate of yours has this affiliateId');
}

const CreatePixelInput = builder.inputType('CreatePixelInput', {
  description: 'A new pixel.',
  fields: (t) => ({
    affiliateId: t.id({ required: true }),
    url: t.string({
      required: true,
      description:
        'Template with at least one placeholder in its path or query, at most 2,048 characters.',
    }),
    triggerEvent: t.string({ required: true, description: 'Code of an event type.' }),
    scope: t.field({ type: PixelScope, description: 'Default ALL_CAMPAIGNS.' }),
    campaignIds: t.idList({ description: 'For SPECIFIC_CAMPAIGNS: at least one.' }),
    statuses: t.field({ type: [EventStatus], description: 'Default [APPROVED].' }),
    unresolved: t.field({ type: UnresolvedPolicy, description: 'Default EMPTY.' }),
    required: t.stringList({ description: 'Placeholders that must have a value.' }),
    method: t.field({ type: HttpMethod, description: 'Default GET.' }),
    body: t.string({ description: 'For POST, at most 16,384 characters.' }),
    maxClickAgeSeconds: t.int({ description: 'Later events are SKIPPED; default no limit.' }),
    includeSubPartners: t.boolean({
      description: 'Also for clicks of sub-affiliates; default false.',
    }),
    maxAttempts: t.int({ description: '1 to 12, default 8.' }),
    maxPerSecond: t.int({
      description:
        'Calls per second to the destination at most, 1 to 10,000; of several pixels the smallest counts. Default no limit.',
    }),
    signed: t.boolean({
      description:
        'Calls carry a `webhook-signature`; default false. `secret` of the payload is its key.',
    }),
  }),
});

export const CreatePixelPayload = payloadRef<SavedPixel>('CreatePixel').implement({
  description: 'The pixel that was made.',
  fields: (t) => ({ pixel: t.prismaField({ type: Pixel, resolve: loadPixel }) }),
});

builder.mutationField('createPixel', (t) =>
  t.field({
    type: resultOf('CreatePixel', CreatePixelPayload),
    description:
      'Makes a pixel. Affiliates make their own; where a manager has to approve, it waits as PENDING_APPROVAL.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: CreatePixelInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { affiliateId, campaignIds, ...changes } = input;
      const owner = rowIdOf('Affiliate', affiliateId);
      const { db, viewer } = context;
      await checkOwner(db, viewer, owner);
      const campaigns = campaignIds?.map((id) => rowIdOf('Campaign', id));
      const author = viewer as KeyViewer;
      return createPixel(context, owner, { ...changes, campaignIds: campaigns }, author);
    },
  }),
);

const UpdatePixelInput = builder.inputType('UpdatePixelInput', {
  description: 'Changes of a pixel; what is left out stays as it is.',
  fields: (t) => ({
    pixelId: t.id({ required: true }),
    url: t.string({ description: 'The template, at most 2,048 characters.' }),
    triggerEvent: t.string({ description: 'Code of an event type.' }),
    scope: t.field({ type: PixelScope }),
    campaignIds: t.idList({ description: 'The whole new list, for SPECIFIC_CAMPAIGNS.' }),
    statuses: t.field({ type: [EventStatus], description: 'The whole new list.' }),
    unresolved: t.field({
      type: UnresolvedPolicy,
      description: 'What happens to a placeholder without a value.',
    }),
    required: t.stringList({
      description: 'The whole new list of placeholders that must have a value.',
    }),
    method: t.field({ type: HttpMethod, description: 'GET without `body` takes the body away.' }),
    body: t.string({ description: 'null clears it.' }),
    maxClickAgeSeconds: t.int({ description: 'null clears it.' }),
    includeSubPartners: t.boolean({ description: 'Also for clicks of sub-affiliates.' }),
    maxAttempts: t.int({ description: '1 to 12.' }),
    maxPerSecond: t.int({
      description:
        'Calls per second to the destination at most, 1 to 10,000; of several pixels the smallest counts. Default no limit.',
    }),
    signed: t.boolean({
      description:
        'Calls carry a `webhook-signature`. The first true makes the `secret` of the payload; false keeps it for later.',
    }),
  }),
});

export const UpdatePixelPayload = payloadRef<SavedPixel>('UpdatePixel').implement({
  description: 'The pixel in its new version.',
  fields: (t) => ({ pixel: t.prismaField({ type: Pixel, resolve: loadPixel }) }),
});

builder.mutationField('updatePixel', (t) =>
  t.field({
    type: resultOf('UpdatePixel', UpdatePixelPayload),
    description:
      'Saves a new version of a pixel; what changes nothing makes none. Postbacks that are planned keep the one they have. Where a manager has to approve, the pixel waits.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: UpdatePixelInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { pixelId, campaignIds, ...changes } = input;
      const pixel = await findPixel(context.db, context.viewer, pixelId);
      const campaigns = campaignIds?.map((id) => rowIdOf('Campaign', id));
      const author = context.viewer as KeyViewer;
      return updatePixel(context, pixel.id, { ...changes, campaignIds: campaigns }, author);
    },
  }),
);

export function loadPixel(
  query: object,
  { id }: { id: string },
  _args: object,
  { db }: { db: Db },
): Promise<PixelRow> {
  return db.pixel.findUniqueOrThrow({ ...query, where: { id } });
}
