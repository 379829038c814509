import type { AuditEntry as AuditRow, Prisma } from '../store/generated/client/client.ts';
import { Affiliate } from './affiliate.ts';
import { ADMINS, builder } from './builder.ts';
import { callerError } from './caller-error.ts';
import { RoleEnum } from './enums.ts';
import { globalIdOf, type NodeName, readGlobalId, rowIdsOf } from './ids.ts';
import { checkPage, NUMBER_CURSOR } from './mutation.ts';

type Actor = Pick<
  AuditRow,
  'actorId' | 'actorSubject' | 'actorName' | 'actorRole' | 'actorAffiliateId'
>;
type Change = { field: string; before: string | null; after: string | null };

const AuditActor = builder.objectRef<Actor>('AuditActor').implement({
  description: 'Who made a change, as it was then.',
  fields: (t) => ({
    name: t.exposeString('actorName', {
      description: 'Name of the key or person; `start` for what a start of Volley does by itself.',
    }),
    role: t.expose('actorRole', { type: RoleEnum, nullable: true, description: 'Of the key.' }),
    keyId: t.id({
      nullable: true,
      description: 'Id of the `ApiKey`; null when it was none.',
      resolve: ({ actorId }) => actorId && globalIdOf('ApiKey', actorId),
    }),
    subject: t.exposeString('actorSubject', {
      nullable: true,
      description: 'The person with a token, as its issuer names it; null for keys.',
    }),
    affiliate: t.prismaField({
      type: Affiliate,
      nullable: true,
      description: 'Whose key it is, for AFFILIATE keys.',
      resolve: (query, { actorAffiliateId: id }, _args, { db }) =>
        id ? db.affiliate.findUnique({ ...query, where: { id } }) : null,
    }),
  }),
});

const AuditChange = builder.objectRef<Change>('AuditChange').implement({
  description: 'One field that was set, changed or taken away.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Its name; relations end in `Id`.' }),
    before: t.exposeString('before', {
      nullable: true,
      description: 'Text as it is, ids as global ids, all else as JSON; null for none.',
    }),
    after: t.exposeString('after', { nullable: true, description: 'In the same form.' }),
  }),
});

const AuditEntry = builder.prismaObject('AuditEntry', {
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    actor: t.field({
      type: AuditActor,
      description: 'Who made it.',
      select: {
        ...{ actorId: true, actorSubject: true, actorName: true },
        ...{ actorRole: true, actorAffiliateId: true },
      },
      resolve: (line) => line,
    }),
    operation: t.exposeString('operation'),
    objectType: t.exposeString('objectType', {
      description:
        'Type of what was changed. Campaigns, secrets and approved versions of a pixel have lines of their own: `PixelCampaign`, `PixelSecret`, `PixelVersion`.',
    }),
    objectId: t.id({
      nullable: true,
      description: 'Global id of what was changed; of the pixel, for its parts.',
      select: { objectType: true, objectId: true },
      resolve: ({ objectType, objectId }) =>
        objectId && globalIdOf(objectType.replace(/^Pixel.+/, 'Pixel') as NodeName, objectId),
    }),
    changes: t.field({
      type: [AuditChange],
      description:
        'What was changed: of something new or deleted every field, of something changed those that changed. Secrets are left out.',
      select: { before: true, after: true },
      resolve: ({ before, after }) => changesOf(before, after),
    }),
    requestId: t.exposeString('requestId', { nullable: true }),
    address: t.exposeString('address', { nullable: true }),
  }),
});

/** What columns that hold row ids refer to. */
const REFERENCES: Record<string, NodeName> = {
  affiliate_id: 'Affiliate',
  campaign_id: 'Campaign',
  destination_id: 'Destination',
  integration_id: 'Integration',
  offer_id: 'Offer',
  parent_id: 'Affiliate',
  pixel_id: 'Pixel',
  replaced_by_id: 'ApiKey',
  replay_of: 'Postback',
  test_of: 'Pixel',
};

function changesOf(before: Prisma.JsonValue, after: Prisma.JsonValue): Change[] {
  const [old, now] = [before ?? {}, after ?? {}] as Record<string, Prisma.JsonValue>[];
  const columns = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
  return [...columns]
    .map((column) => ({
      field: column.replaceAll(/_(.)/g, (_match, letter: string) => letter.toUpperCase()),
      before: textOf(column, old?.[column]),
      after: textOf(column, now?.[column]),
    }))
    .filter((change) => change.before !== null || change.after !== null);
}

function textOf(column: string, value: Prisma.JsonValue | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') return JSON.stringify(value);
  const type = REFERENCES[column];
  return type ? globalIdOf(type, value) : value;
}

const AuditConnection = builder.connectionObject(
  { type: AuditEntry, name: 'AuditConnection', description: 'A page of the audit log.' },
  { name: 'AuditEdge', description: 'A line and its place.' },
);

const AuditFilter = builder.inputType('AuditFilter', {
  description: 'Which lines; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    actorKeyIds: t.idList({ description: 'Keys that made the change.' }),
    operations: t.stringList({ description: 'Mutations, for example `updatePixel`.' }),
    objectId: t.id({ description: 'What was changed; of a pixel also its parts.' }),
    objectTypes: t.stringList({ description: 'For example `Pixel`.' }),
    from: t.field({ type: 'DateTime', description: 'Made at or after.' }),
    to: t.field({ type: 'DateTime', description: 'Made before.' }),
  }),
});

/** The filter as a condition of Prisma; an id that is none is a fault of the document. */
export function toAuditWhere(
  filter: typeof AuditFilter.$inferInput | null | undefined,
): Prisma.AuditEntryWhereInput {
  const { operations, objectId, objectTypes, from, to } = filter ?? {};
  const actors = rowIdsOf('ApiKey', filter?.actorKeyIds);
  return {
    ...(actors && { actorId: { in: actors } }),
    ...(operations && { operation: { in: operations } }),
    ...(objectTypes && { objectType: { in: objectTypes } }),
    ...(objectId && { objectId: rowOf(objectId) }),
    ...((from || to) && { at: { ...(from && { gte: from }), ...(to && { lt: to }) } }),
  };
}

function rowOf(objectId: string): string {
  const read = readGlobalId(objectId);
  if (read) return read.rowId;
  throw callerError('BAD_USER_INPUT', `${JSON.stringify(objectId.slice(0, 100))} is no id.`);
}

builder.queryField('auditLog', (t) =>
  t.prismaConnection(
    {
      type: AuditEntry,
      cursor: 'id',
      description: 'Who changed what, newest first. Lines are added and never changed.',
      authScopes: { roles: ADMINS },
      args: { where: t.arg({ type: AuditFilter }) },
      resolve: (query, _root, args, { db }) => {
        checkPage(args, NUMBER_CURSOR);
        const where = toAuditWhere(args.where);
        return db.auditEntry.findMany({ ...query, where, orderBy: { id: 'desc' } });
      },
    },
    AuditConnection,
  ),
);
