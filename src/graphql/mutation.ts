import { GraphQLError } from 'graphql';
import { builder } from './builder.ts';

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

/** Refuses a page that is too large or negative, with the number. */
export function checkPage(args: { first?: number | null; last?: number | null }): void {
  for (const name of ['first', 'last'] as const) {
    const size = args[name];
    if (typeof size === 'number' && (size < 0 || size > MAX_PAGE)) {
      throw new GraphQLError(`"${name}" must be 0 to ${MAX_PAGE}; it was ${size}.`, {
        extensions: { code: 'BAD_USER_INPUT' },
      });
    }
  }
}
