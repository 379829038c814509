import type { GraphQLError } from 'graphql';
import type { Viewer } from '../access/viewer.ts';
import { visibleByAffiliate, visibleEvents } from '../access/visibility.ts';
import { loadEntryNames } from '../pixels/entry-names.ts';
import { type Preview, previewTemplate } from '../pixels/preview.ts';
import type { PlaceholderValues } from '../pixels/values.ts';
import { sampleValues, valuesOf } from '../postbacks/render-postback.ts';
import { loadClicks } from '../store/clicks.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import type { Context } from './context.ts';
import { UnresolvedPolicy } from './enums.ts';
import { InputIssue } from './errors.ts';
import { readGlobalId } from './ids.ts';
import { PlaceholderValue } from './placeholder.ts';

const PostbackPreview = builder.objectRef<Preview>('PostbackPreview').implement({
  description: 'What a template would make of some values. Nothing was sent or logged.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'The template.' }),
    finalUrl: t.exposeString('finalUrl', {
      nullable: true,
      description:
        'What would be called; null when the template is refused or nothing would be sent.',
    }),
    skipReason: t.exposeString('skipReason', {
      nullable: true,
      description: 'Why nothing would be sent, for example `REQUIRED_VALUE_MISSING`.',
    }),
    unresolved: t.exposeStringList('unresolved', { description: 'Placeholders without a value.' }),
    values: t.expose('values', {
      type: [PlaceholderValue],
      description: 'Where each value comes from.',
    }),
    warnings: t.exposeStringList('warnings', { description: 'What is probably not meant.' }),
    issues: t.expose('issues', {
      type: [InputIssue],
      description: 'Why the template would be refused; empty when it can be saved.',
    }),
  }),
});

const PreviewPostbackInput = builder.inputType('PreviewPostbackInput', {
  description: 'A template (or a pixel) and what to render it with.',
  fields: (t) => ({
    url: t.string({ description: 'The template; default: that of `pixelId`.' }),
    pixelId: t.id({ description: 'The pixel whose template and policies are the defaults.' }),
    unresolved: t.field({ type: UnresolvedPolicy, description: 'Default EMPTY.' }),
    required: t.stringList({ description: 'Placeholders that must have a value.' }),
    signed: t.boolean({
      description:
        'Whether `{sig}` and `hmac` may be used, with a sample secret; default: as `pixelId`, else false.',
    }),
    affiliateId: t.id({
      description: 'Check placeholders against what this affiliate really sends.',
    }),
    clickId: t.string({ description: 'Render with this click of ours; default: samples.' }),
    eventId: t.id({ description: 'Render with this event and its click.' }),
  }),
});

builder.queryField('previewPostback', (t) =>
  t.field({
    type: PostbackPreview,
    description:
      'Renders a template as a fired postback would, without sending or logging anything.',
    authScopes: { roles: READERS },
    complexity: 20,
    args: { input: t.arg({ type: PreviewPostbackInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { db, sql, viewer, allowTargets } = context;
      const pixel = input.pixelId
        ? await db.pixel.findFirst({
            where: { AND: [{ id: idOf(input.pixelId) }, visibleByAffiliate(viewer)] },
          })
        : null;
      if (input.pixelId && !pixel) throw unknown('pixelId');
      const url = input.url ?? pixel?.url;
      if (!url) throw callerError('BAD_USER_INPUT', 'Give "url" or "pixelId".');
      const owner = await visibleOwner(
        context,
        input.affiliateId ?? null,
        pixel?.affiliateId ?? null,
      );
      return previewTemplate({
        url,
        unresolved: input.unresolved ?? pixel?.unresolved ?? 'EMPTY',
        required: input.required ?? pixel?.required ?? [],
        values: await valuesFor(context, input.clickId ?? null, input.eventId ?? null),
        allow: allowTargets,
        signed: input.signed ?? pixel?.signed ?? false,
        ...(owner && { knownEntryNames: (await loadEntryNames(sql, [owner])).get(owner) ?? [] }),
      });
    },
  }),
);

/** The affiliate whose links and clicks are looked at: only one the viewer may see. */
async function visibleOwner(
  { db, viewer }: Context,
  affiliateId: string | null,
  pixelOwner: string | null,
): Promise<string | null> {
  if (affiliateId === null) return pixelOwner;
  const id = idOf(affiliateId);
  const visible = visibleByAffiliate(viewer).affiliateId;
  if (visible && !visible.in.includes(id)) throw unknown('affiliateId');
  if (!(await db.affiliate.findUnique({ where: { id } }))) throw unknown('affiliateId');
  return id;
}

async function valuesFor(
  { db, sql, viewer, clock }: Context,
  clickId: string | null,
  eventId: string | null,
): Promise<PlaceholderValues> {
  const event = eventId ? await findEvent(db, viewer, eventId) : null;
  if (eventId && !event) throw unknown('eventId');
  const named = clickId ?? event?.click?.clickId ?? null;
  if (named === null && !event) return sampleValues;
  const click = named === null ? null : ((await loadClicks(sql, [named])).get(named) ?? null);
  const visible = visibleByAffiliate(viewer).affiliateId;
  if (clickId !== null && (!click || (visible && !visible.in.includes(click.affiliateId)))) {
    throw unknown('clickId');
  }
  const sample = {
    id: 'sample',
    type: 'FirstDeposit',
    status: 'APPROVED',
    amount: '50',
    currency: 'USD',
    transactionId: null,
  };
  return valuesOf(
    event
      ? { ...event, amount: event.amount?.toFixed() ?? null }
      : { ...sample, occurredAt: clock.now() },
    click,
    { postbackId: 'preview', attempt: 1, fireTime: clock.now(), test: false, ownerAffid: '' },
  );
}

function findEvent(db: Context['db'], viewer: Viewer, eventId: string) {
  const where = { AND: [{ id: idOf(eventId) }, visibleEvents(viewer)] };
  return db.event.findFirst({ where, include: { click: true } });
}

/** A row id no row has, for an id that is none of ours: it is then simply not found. */
const NO_ROW = '00000000-0000-0000-0000-000000000000';

function idOf(id: string): string {
  return readGlobalId(id)?.rowId ?? NO_ROW;
}

function unknown(field: string): GraphQLError {
  return callerError('BAD_USER_INPUT', `Nothing has this ${field}.`);
}
