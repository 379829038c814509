import { encodeGlobalID } from '@pothos/plugin-relay';
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
  throw new NotFoundError(`no ${name} has the id ${JSON.stringify(id.slice(0, 100))}`);
}

/** The rows a filter's ids name; a wrong one is a fault of the document, told at top level. */
export function rowIdsOf(name: NodeName, ids: readonly string[] | null | undefined) {
  return ids?.map((id) => {
    const read = readGlobalId(id);
    if (read?.typename === name) return read.rowId;
    throw callerError(
      'BAD_USER_INPUT',
      `${JSON.stringify(id.slice(0, 100))} is no id of a ${name}.`,
    );
  });
}

/** The global id of a row. */
export function globalIdOf(name: NodeName, rowId: string): string {
  return encodeGlobalID(name, rowId);
}
