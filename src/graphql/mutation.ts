import { builder } from './builder.ts';
import { callerError } from './caller-error.ts';

/**
 * The result union of a mutation: its payload or one of the errors a caller can act on, which use
 * cases throw.
 * @param mutation the mutation's name in PascalCase, `CreatePixel`
 */
export function resultOf<Payload extends object>(
  mutation: string,
  payload: ReturnType<ReturnType<typeof payloadRef<Payload>>['implement']>,
) {
  return builder.errorUnion(`${mutation}Result`, {
    description: `What ${mutation[0]?.toLowerCase()}${mutation.slice(1)} answers: the payload, or why nothing was changed.`,
    types: [payload],
    resolveType: () => `${mutation}Payload`,
  });
}

/** The payload object of a mutation, to be implemented by the caller. */
export function payloadRef<Payload extends object>(mutation: string) {
  return builder.objectRef<Payload>(`${mutation}Payload`);
}

/** The largest page. Larger ones are refused, not cut. */
const MAX_PAGE = 100;

/** Cursors of rows hold a UUID, those of attempts a number (the form is the Prisma plugin's). */
const ROW_CURSOR = /^GPC:S:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Cursors of pixel versions hold a UUID and a number. */
export const VERSION_CURSOR =
  /^GPC:T:\["S:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}","N:\d{1,9}"\]$/;
export const NUMBER_CURSOR = /^GPC:I:\d{1,18}$/;

type Page = {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
};

/**
 * Refuses a page that is too large or negative, with the number, one from both ends, and a cursor of
 * something else.
 */
export function checkPage(page: Page, cursorForm = ROW_CURSOR): void {
  if (page.first != null && page.last != null) {
    const message = `Give "first" or "last", not both; they were ${page.first} and ${page.last}.`;
    throw callerError('BAD_USER_INPUT', message);
  }
  for (const name of ['first', 'last'] as const) {
    const size = page[name];
    if (typeof size === 'number' && (size < 0 || size > MAX_PAGE)) {
      throw callerError('BAD_USER_INPUT', `"${name}" must be 0 to ${MAX_PAGE}; it was ${size}.`);
    }
  }
  for (const name of ['after', 'before'] as const) {
    const cursor = page[name];
    if (typeof cursor === 'string' && !cursorForm.test(Buffer.from(cursor, 'base64').toString())) {
      throw callerError('BAD_USER_INPUT', `"${name}" is no cursor of this list.`);
    }
  }
}

/** Refuses a window that ends before it begins, with both of its ends. */
export function checkWindow(window: { from?: Date | null; to?: Date | null } | null | undefined) {
  const { from, to } = window ?? {};
  if (!from || !to || from <= to) return;
  const message = `"from" must not be after "to"; they were ${from.toISOString()} and ${to.toISOString()}.`;
  throw callerError('BAD_USER_INPUT', message);
}
