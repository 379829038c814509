import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { toError } from '../platform/failure.ts';
import { parseInstant } from '../platform/instant.ts';
import { InvalidInputError } from '../platform/refusals.ts';
import { list, one } from './query.ts';

export const instant = one.transform((value, context) => {
  const time = parseInstant(value);
  if (time) return time;
  const message = 'must be an ISO 8601 instant with an offset, such as 2026-11-22T12:00:00Z';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Several of a closed set of words. */
export function someOf<Word extends string>(words: readonly [Word, ...Word[]]) {
  return list.pipe(z.array(z.enum(words, `must be of ${words.join(', ')}`)));
}

/** Which columns to write, in which order. */
export function columnsOf<Name extends string>(names: readonly [Name, ...Name[]]) {
  return list.pipe(
    z
      .array(z.enum(names, `must be of ${names.join(', ')}`))
      .min(1, 'names no column')
      .refine((chosen) => new Set(chosen).size === chosen.length, 'names a column twice'),
  );
}

/** A filter as GraphQL makes it of its input: throws InvalidInputError where that throws a GraphQLError. */
export function refusing<Filter>(make: () => Filter): Filter {
  try {
    return make();
  } catch (thrown) {
    throw new InvalidInputError([{ path: [], message: toError(thrown).message }]);
  }
}

/** Begins the answer; from here on nothing can be refused any more. */
export function beginCsv(response: ServerResponse, filename: string): void {
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${filename}"`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}
