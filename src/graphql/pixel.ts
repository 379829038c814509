import { visibleByAffiliate } from '../access/visibility.ts';
import { entryNameKey, loadEntryNames } from '../pixels/entry-names.ts';
import { lintTemplate } from '../pixels/lint-template.ts';
import { renderTemplate } from '../pixels/render.ts';
import { parseBody } from '../pixels/render-body.ts';
import { SAMPLE_SECRET } from '../pixels/secrets.ts';
import { parseTemplate } from '../pixels/template.ts';
import { createBatchLoader } from '../platform/batch-loader.ts';
import { literally } from '../platform/literally.ts';
import { sampleValues } from '../postbacks/render-postback.ts';
import type { Pixel as PixelRow } from '../store/generated/client/client.ts';
import { Affiliate } from './affiliate.ts';
import { builder, READERS } from './builder.ts';
import { Campaign } from './campaign.ts';
import type { Context } from './context.ts';
import { EventStatus, HttpMethod, PixelScope, PixelStatus, UnresolvedPolicy } from './enums.ts';
import { rowIdsOf } from './ids.ts';
import { checkPage } from './mutation.ts';

/** The names of all affiliates whose pixels are on a page, together. */
const shareEntryNames = createBatchLoader(({ sql }: Context, keys) => loadEntryNames(sql, keys));

export const Pixel = builder.prismaNode('Pixel', {
  id: { field: 'id' },
  fields: (t) => ({
    affiliate: t.relation('affiliate', { description: 'Who owns it and receives its calls.' }),
    status: t.expose('status', { type: PixelStatus }),
    version: t.exposeInt('version'),
    url: t.exposeString('url'),
    method: t.expose('method', { type: HttpMethod }),
    body: t.exposeString('body', { nullable: true }),
    triggerEvent: t.exposeString('triggerEvent'),
    scope: t.expose('scope', { type: PixelScope }),
    campaigns: t.field({
      type: [Campaign],
      description: 'The listed campaigns, for SPECIFIC_CAMPAIGNS.',
      select: (_args, _context, nested) => ({
        campaigns: { select: { campaign: nested(true) }, orderBy: { campaignId: 'asc' } },
      }),
      resolve: (pixel) => pixel.campaigns.map(({ campaign }) => campaign),
    }),
    statuses: t.expose('statuses', { type: [EventStatus] }),
    unresolved: t.expose('unresolved', { type: UnresolvedPolicy }),
    required: t.exposeStringList('required'),
    maxClickAgeSeconds: t.exposeInt('maxClickAgeSeconds', { nullable: true }),
    includeSubPartners: t.exposeBoolean('includeSubPartners'),
    maxAttempts: t.exposeInt('maxAttempts'),
    maxPerSecond: t.exposeInt('maxPerSecond', { nullable: true }),
    signed: t.exposeBoolean('signed'),
    rejection: t.exposeString('rejection', { nullable: true }),
    warnings: t.stringList({
      description:
        'What is probably not meant: unknown placeholders with a guess, ones that no tracking link or recent click of the affiliate (with `includeSubPartners`: or of those below it) carries, an http target.',
      complexity: 20,
      select: {
        ...{ url: true, body: true, required: true, signed: true },
        ...{ affiliateId: true, includeSubPartners: true },
      },
      resolve: async ({ url, body, required, signed, ...scope }, _args, context) => {
        const reading = parseTemplate(url, STORED);
        if (!reading.ok) return reading.refusals.map(({ message }) => message);
        const knownEntryNames = await shareEntryNames(context, entryNameKey(scope));
        const inBody = body === null ? null : parseBody(body, STORED);
        const facts = { knownEntryNames, required, signed };
        return lintTemplate(reading.template, {
          ...facts,
          body: inBody?.ok ? inBody.template : null,
        });
      },
    }),
    exampleUrl: t.string({
      description: 'The template with sample values.',
      select: { url: true, unresolved: true },
      resolve: ({ url, unresolved }) => exampleUrl(url, unresolved),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});

// What is stored was accepted, whatever its pixel was like then.
const STORED = { hasSecret: true, mayBeStatic: true };

function exampleUrl(url: string, unresolved: PixelRow['unresolved']): string {
  const reading = parseTemplate(url, STORED);
  if (!reading.ok) return url;
  const options = { unresolved, required: [], secret: SAMPLE_SECRET };
  const rendering = renderTemplate(reading.template, sampleValues, options);
  return rendering.kind === 'rendered' ? rendering.finalUrl : url;
}

const PixelConnection = builder.connectionObject(
  { type: Pixel, name: 'PixelConnection', description: 'A page of pixels.' },
  { name: 'PixelEdge', description: 'A pixel and its place.' },
);

builder.prismaObjectField(Affiliate, 'pixels', (t) =>
  t.relatedConnection(
    'pixels',
    {
      cursor: 'id',
      description: 'Its pixels, newest first, without deleted ones.',
      query: (args, { viewer }) => {
        checkPage(args);
        return {
          where: { ...visibleByAffiliate(viewer), status: { not: 'DELETED' } },
          orderBy: { id: 'desc' },
        };
      },
    },
    PixelConnection,
  ),
);

const PixelFilter = builder.inputType('PixelFilter', {
  description: 'Which pixels; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    affiliateIds: t.idList(),
    status: t.field({ type: [PixelStatus], description: 'Default: all but DELETED.' }),
    triggerEvents: t.stringList({ description: 'Codes of event types.' }),
    urlContains: t.string({ description: 'Part of the template.' }),
  }),
});

builder.queryField('pixels', (t) =>
  t.prismaConnection(
    {
      type: Pixel,
      cursor: 'id',
      description: 'Pixels, newest first.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: PixelFilter }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        const { status, triggerEvents, urlContains, ...where } = args.where ?? {};
        const affiliateIds = rowIdsOf('Affiliate', where.affiliateIds);
        return db.pixel.findMany({
          ...query,
          where: {
            AND: [
              visibleByAffiliate(viewer),
              affiliateIds ? { affiliateId: { in: affiliateIds } } : {},
              { status: status ? { in: status } : { not: 'DELETED' } },
              triggerEvents ? { triggerEvent: { in: triggerEvents } } : {},
              urlContains ? { url: { contains: literally(urlContains) } } : {},
            ],
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    PixelConnection,
  ),
);
