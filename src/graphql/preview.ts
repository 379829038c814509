import { visibleByAffiliate } from '../access/visibility.ts';
import { entryNameKey, loadEntryNames } from '../pixels/entry-names.ts';
import { findUnpermitted, type Granted } from '../pixels/permissions.ts';
import { type DraftTemplate, type Preview, previewTemplate } from '../pixels/preview.ts';
import { SAMPLE_EVENT } from '../pixels/sample-event.ts';
import { findSaveIssues } from '../pixels/save-pixel.ts';
import type { InputIssue as Issue } from '../platform/refusals.ts';
import type { Pixel } from '../store/generated/client/client.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { Click } from './click.ts';
import type { Context } from './context.ts';
import { EventStatus, HttpMethod, PixelScope, UnresolvedPolicy } from './enums.ts';
import { InputIssue } from './errors.ts';
import { rowIdsOf } from './ids.ts';
import { PlaceholderValue } from './placeholder.ts';
import { idOf, recentClickOf, unknown, valuesFor, visibleOwner } from './preview-facts.ts';
import { grantedTo } from './visitor-data.ts';

const PostbackPreview = builder
  .objectRef<Preview & { issues: Issue[]; clickId: string | null }>('PostbackPreview')
  .implement({
    description: 'What a template would make of some values. Nothing was sent or logged.',
    fields: (t) => ({
      url: t.exposeString('url', { description: 'The template.' }),
      finalUrl: t.exposeString('finalUrl', {
        nullable: true,
        description:
          'What would be called; null when the template is refused or nothing would be sent.',
      }),
      body: t.string({
        nullable: true,
        description: 'What would be posted; null for a GET, or when nothing would be sent.',
        resolve: ({ body }) => body?.text ?? null,
      }),
      contentType: t.string({
        nullable: true,
        description: 'Media type of `body`; null without one.',
        resolve: ({ body }) => body?.contentType ?? null,
      }),
      click: t.prismaField({
        type: Click,
        nullable: true,
        description: 'The click it was rendered with; null for samples.',
        resolve: (query, { clickId }, _args, { db }) =>
          clickId === null ? null : db.click.findUnique({ ...query, where: { clickId } }),
      }),
      skipReason: t.exposeString('skipReason', {
        nullable: true,
        description: 'Why nothing would be sent, for example `REQUIRED_VALUE_MISSING`.',
      }),
      unresolved: t.exposeStringList('unresolved', {
        description: 'Placeholders without a value.',
      }),
      values: t.expose('values', {
        type: [PlaceholderValue],
        description: 'Where each value comes from.',
      }),
      warnings: t.exposeStringList('warnings', { description: 'What is probably not meant.' }),
      issues: t.expose('issues', {
        type: [InputIssue],
        description:
          'Why a save would refuse it, of all that is given; empty when it can be saved.',
      }),
    }),
  });

const PreviewPostbackInput = builder.inputType('PreviewPostbackInput', {
  description: 'A template (or a pixel) and what to render it with.',
  fields: (t) => ({
    url: t.string({ description: 'The template; default: that of `pixelId`.' }),
    method: t.field({
      type: HttpMethod,
      description: 'Default: that of `pixelId`, else GET. GET without `body` takes the body away.',
    }),
    body: t.string({ description: 'Template of the body of a POST; default: that of `pixelId`.' }),
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
    recentClick: t.boolean({
      description:
        'Render with the newest click of the affiliate (of `affiliateId` or `pixelId`) that had an event of `triggerEvent`, and that event, else with the newest click; bots are passed over.',
    }),
    triggerEvent: t.string({ description: 'Checked as a save would; default: that of `pixelId`.' }),
    scope: t.field({ type: PixelScope, description: 'Checked as a save would.' }),
    campaignIds: t.idList({ description: 'Checked as a save would.' }),
    statuses: t.field({ type: [EventStatus], description: 'Checked as a save would.' }),
    maxClickAgeSeconds: t.int({ description: 'Checked as a save would.' }),
    includeSubPartners: t.boolean({ description: 'Checked as a save would.' }),
    maxAttempts: t.int({ description: 'Checked as a save would.' }),
    maxPerSecond: t.int({ description: 'Checked as a save would.' }),
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
      const { db, sql, viewer } = context;
      const pixel = input.pixelId
        ? await db.pixel.findFirst({
            where: { AND: [{ id: idOf(input.pixelId) }, visibleByAffiliate(viewer)] },
            include: { campaigns: true },
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
      const recent = input.recentClick
        ? await recentClickOf(context, owner, {
            ...input,
            triggerEvent: input.triggerEvent ?? pixel?.triggerEvent ?? null,
          })
        : input;
      const chosen = await valuesFor(context, recent.clickId ?? null, recent.eventId ?? null);
      const draft: DraftTemplate = {
        url,
        method: input.method ?? pixel?.method ?? 'GET',
        body: input.body === undefined ? savedBody(input, pixel) : input.body,
        unresolved: input.unresolved ?? pixel?.unresolved ?? 'EMPTY',
        required: input.required ?? pixel?.required ?? [],
        signed: input.signed ?? pixel?.signed ?? false,
      };
      const includeSubPartners = input.includeSubPartners ?? pixel?.includeSubPartners ?? false;
      const key = owner && entryNameKey({ affiliateId: owner, includeSubPartners });
      const knownEntryNames = key ? (await loadEntryNames(sql, [key])).get(key) : undefined;
      const granted = await grantedTo(context);
      const isPermitted = findUnpermitted(draft, granted).length === 0;
      return {
        ...previewTemplate(draft, isPermitted ? chosen.values : null, knownEntryNames),
        issues: await findIssues(context, pixel, input, draft, granted),
        clickId: chosen.clickId,
      };
    },
  }),
);

/** As an update has it: whoever chooses GET need not take the body away. */
function savedBody({ method }: Input, pixel: SavedPixel | null): string | null {
  return method === 'GET' ? null : (pixel?.body ?? null);
}

type Input = typeof PreviewPostbackInput.$inferInput;
type SavedPixel = Pixel & { campaigns: { campaignId: string }[] };

/** What a save of the pixel with all that is given would be refused for. */
async function findIssues(
  context: Context,
  pixel: SavedPixel | null,
  input: Input,
  draft: DraftTemplate,
  granted: Granted,
): Promise<Issue[]> {
  const { triggerEvent, scope, statuses, maxClickAgeSeconds } = input;
  const { includeSubPartners, maxAttempts, maxPerSecond } = input;
  const campaignIds = rowIdsOf('Campaign', input.campaignIds);
  const changes = {
    ...draft,
    ...{ triggerEvent, scope, campaignIds, statuses, maxClickAgeSeconds },
    ...{ includeSubPartners, maxAttempts, maxPerSecond },
  };
  const saved = pixel?.campaigns.map(({ campaignId }) => campaignId);
  // As an update has it: whoever widens the scope need not empty the list.
  const kept = scope === 'ALL_CAMPAIGNS' ? [] : saved;
  const before = pixel ? { ...pixel, campaignIds: kept } : { triggerEvent: SAMPLE_EVENT.type };
  const issues = await findSaveIssues(context, before, changes, granted);
  const isGiven = Boolean(pixel ?? triggerEvent);
  return isGiven ? issues : issues.filter(({ path }) => path[0] !== 'triggerEvent');
}
