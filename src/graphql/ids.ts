import { encodeGlobalID } from '@pothos/plugin-relay';
import { type GraphQLResolveInfo, Kind } from 'graphql';
import { isRowId } from '../platform/ids.ts';
import { NotFoundError } from '../platform/refusals.ts';
import { callerError } from './caller-error.ts';

/** The types that have global ids. */
export type NodeName =
  | 'Affiliate'
  | 'ApiKey'
  | 'Campaign'
  | 'Click'
  | 'Destination'
  | 'EchoCall'
  | 'EchoReceiver'
  | 'Event'
  | 'EventType'
  | 'Integration'
  | 'Job'
  | 'Offer'
  | 'Pixel'
  | 'Postback'
  | 'TrackingLink';

/** Reads a global id; null when it is none of ours. */
export function readGlobalId(id: string): { typename: string; rowId: string } | null {
  const [typename, rowId, ...rest] = Buffer.from(id, 'base64').toString().split(':');
  if (!typename || !rowId || rest.length > 0 || !isRowId(rowId)) return null;
  return { typename, rowId };
}

/** The row a mutation's id names. An id of another type, or none at all, names nothing. */
export function rowIdOf(name: NodeName, id: string): string {
  const read = readGlobalId(id);
  if (read?.typename === name) return read.rowId;
  throw new NotFoundError(`no ${name} has the id ${shown(id)}: ${whatIdsAre(name, id)}`);
}

/** The rows a filter's ids name; a wrong one is a fault of the document, told at top level. */
export function rowIdsOf(name: NodeName, ids: readonly string[] | null | undefined) {
  return ids?.map((id) => {
    const read = readGlobalId(id);
    if (read?.typename === name) return read.rowId;
    const message = `${shown(id)} is no id of ${withArticle(name)}: ${whatIdsAre(name, id)}.`;
    throw callerError('BAD_USER_INPUT', message);
  });
}

/** Where the id of what has a code is found: the code is what people try first. */
const LOOK_UPS: Partial<Record<string, (code: string) => string>> = {
  Affiliate: (affid) =>
    `an affid is a code, of which affiliate(affid: "${affid}") { id } tells the id`,
  Campaign: (code) => `of a code campaign(code: "${code}") { id } tells the id`,
  Click: (clickId) => `of a click id click(clickId: "${clickId}") { id } tells the id`,
  Offer: (code) => `of a code offers(where: { codes: ["${code}"] }) { nodes { id } } tells the id`,
};

function whatIdsAre(name: NodeName, id: string): string {
  const read = readGlobalId(id);
  if (read && /^[A-Z][A-Za-z]{0,30}$/.test(read.typename) && read.typename !== name) {
    return `it is that of ${withArticle(read.typename)}`;
  }
  const lookUp = LOOK_UPS[name]?.(/^[A-Za-z0-9._-]{1,64}$/.test(id) ? id : '...');
  return `ids are what answers hold in the field "id"${lookUp ? `; ${lookUp}` : ''}`;
}

function shown(id: string): string {
  return JSON.stringify(id.slice(0, 100));
}

function withArticle(name: string): string {
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** The global id of a row. */
export function globalIdOf(name: NodeName, rowId: string): string {
  return encodeGlobalID(name, rowId);
}

/** Whether what is selected of an object is known with its id. */
export function asksForIdOnly({ fieldNodes }: GraphQLResolveInfo): boolean {
  const selected = fieldNodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  return selected.every(
    (it) => it.kind === Kind.FIELD && (it.name.value === 'id' || it.name.value === '__typename'),
  );
}
