import { visibleByAffiliate } from '../access/visibility.ts';
import { type ShadowResult as Result, runShadow } from '../events/shadow-run.ts';
import { entryNameKey, loadEntryNames } from '../pixels/entry-names.ts';
import { findUnpermitted } from '../pixels/permissions.ts';
import { checkDraft, type DraftTemplate } from '../pixels/preview.ts';
import type { ShadowChange as Change, ShadowRendering as Rendered } from '../pixels/shadow.ts';
import type { InputIssue as Issue } from '../platform/refusals.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { HttpMethod, UnresolvedPolicy } from './enums.ts';
import { InputIssue } from './errors.ts';
import { Event } from './event.ts';
import { readGlobalId } from './ids.ts';
import { grantedTo } from './visitor-data.ts';

const DEFAULT_LAST = 20;
const MAX_LAST = 100;

const ShadowRendering = builder.objectRef<Rendered>('ShadowRendering').implement({
  description: 'What a template makes of one event.',
  fields: (t) => ({
    finalUrl: t.exposeString('finalUrl', {
      nullable: true,
      description: 'What would be called; null when nothing would be sent.',
    }),
    body: t.exposeString('body', { nullable: true, description: 'What would be posted.' }),
    skipReason: t.exposeString('skipReason', {
      nullable: true,
      description: 'Why nothing would be sent.',
    }),
    unresolved: t.exposeStringList('unresolved', { description: 'Placeholders without a value.' }),
  }),
});

const ShadowChange = builder.objectRef<Change>('ShadowChange').implement({
  description: 'One part of the call that differs.',
  fields: (t) => ({
    part: t.exposeString('part', {
      description:
        '`method`, `path`, `?name` of a parameter, `query` (their order), `body` or `skipReason`.',
    }),
    before: t.exposeString('before', {
      nullable: true,
      description: 'Null when it was not there.',
    }),
    after: t.exposeString('after', { nullable: true, description: 'Null when it is gone.' }),
  }),
});

const ShadowResult = builder.objectRef<Result>('ShadowResult').implement({
  description: 'One event under the saved template and under the edited one.',
  fields: (t) => ({
    event: t.prismaField({
      type: Event,
      description: 'The event.',
      resolve: (query, { eventId }, _args, { db }) =>
        db.event.findUniqueOrThrow({ ...query, where: { id: eventId } }),
    }),
    clickId: t.exposeString('clickId', { nullable: true, description: 'Our id of its click.' }),
    before: t.expose('before', { type: ShadowRendering, description: 'As the pixel is saved.' }),
    after: t.expose('after', { type: ShadowRendering, description: 'As it was edited.' }),
    changed: t.boolean({
      description: 'Whether the two differ.',
      resolve: ({ changes }) => changes.length > 0,
    }),
    changes: t.expose('changes', { type: [ShadowChange], description: 'Part by part.' }),
  }),
});

type Run = { issues: Issue[]; warnings: string[]; results: Result[] };

const ShadowRun = builder.objectRef<Run>('ShadowRun').implement({
  description: 'What an edited template would change over real events. Nothing was sent or logged.',
  fields: (t) => ({
    issues: t.expose('issues', {
      type: [InputIssue],
      description: 'Why the edited template would be refused; nothing is compared then.',
    }),
    warnings: t.exposeStringList('warnings', { description: 'What is probably not meant.' }),
    compared: t.int({
      description: 'Over how many events.',
      resolve: ({ results }) => results.length,
    }),
    changed: t.int({
      description: 'For how many of them something differs.',
      resolve: ({ results }) => results.filter(({ changes }) => changes.length > 0).length,
    }),
    results: t.expose('results', { type: [ShadowResult], description: 'Newest event first.' }),
  }),
});

const ShadowRunInput = builder.inputType('ShadowRunInput', {
  description: 'A saved pixel and what is changed of it; what is left out is as it is saved.',
  fields: (t) => ({
    pixelId: t.id({ required: true }),
    url: t.string({ description: 'The edited template.' }),
    method: t.field({ type: HttpMethod, description: 'GET without `body` takes the body away.' }),
    body: t.string({ description: 'The edited template of the body; null for none.' }),
    unresolved: t.field({ type: UnresolvedPolicy, description: 'The edited policy.' }),
    required: t.stringList({ description: 'Placeholders that must have a value.' }),
    last: t.int({
      description: `Over how many events, 1 to ${MAX_LAST}; default ${DEFAULT_LAST}.`,
    }),
  }),
});

builder.queryField('shadowRun', (t) =>
  t.field({
    type: ShadowRun,
    description:
      'Renders an edited template over the last real events of a pixel and tells what would differ, without sending anything.',
    authScopes: { roles: READERS },
    complexity: ({ input }) => ({ field: 50, multiplier: Math.max(1, input.last ?? DEFAULT_LAST) }),
    args: { input: t.arg({ type: ShadowRunInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { db, sql, clock, viewer, allowTargets, isOwnEcho } = context;
      const last = input.last ?? DEFAULT_LAST;
      if (last < 1 || last > MAX_LAST) {
        throw callerError('BAD_USER_INPUT', `"last" must be 1 to ${MAX_LAST}; it was ${last}.`);
      }
      const read = readGlobalId(String(input.pixelId));
      const where = { AND: [{ id: read?.rowId ?? '' }, visibleByAffiliate(viewer)] };
      const pixel =
        read?.typename === 'Pixel'
          ? await db.pixel.findFirst({ where, include: { affiliate: true } })
          : null;
      if (!pixel) throw callerError('BAD_USER_INPUT', 'Nothing has this pixelId.');
      const { url, method, body, unresolved, required, signed } = pixel;
      const current: DraftTemplate = { url, method, body, unresolved, required, signed };
      const edited: DraftTemplate = {
        url: input.url ?? url,
        method: input.method ?? method,
        body: input.body === undefined ? (input.method === 'GET' ? null : body) : input.body,
        unresolved: input.unresolved ?? unresolved,
        required: input.required ?? required,
        signed,
      };
      const key = entryNameKey(pixel);
      const knownEntryNames = (await loadEntryNames(sql, [key])).get(key);
      const granted = await grantedTo(context);
      const checked = checkDraft(edited, {
        ...{ allow: allowTargets, isOwnEcho, granted, knownEntryNames },
      });
      // The saved one is rendered beside it, and may be an ADMIN's.
      const issues = checked.issues.length > 0 ? checked.issues : findUnpermitted(current, granted);
      if (issues.length > 0) return { ...checked, issues, results: [] };
      const ownerAffid = pixel.affiliate.affid;
      const results = await runShadow(
        sql,
        clock.now(),
        { id: pixel.id, ownerAffid, current, edited },
        last,
      );
      const none = 'the pixel has no postback yet: there is no event to compare over';
      const warnings = results.length > 0 ? checked.warnings : [...checked.warnings, none];
      return { ...checked, warnings, results };
    },
  }),
);
