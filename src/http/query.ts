import { z } from 'zod';
import { parseRawQuery } from '../clicks/raw-query.ts';
import { suggestName } from '../pixels/placeholders.ts';
import { InvalidInputError } from '../platform/refusals.ts';

/** Several values: the name repeated, or separated by commas. */
export const list = z
  .array(z.string())
  .transform((values) => values.flatMap((value) => value.split(',')));

/** One value. */
export const one = z
  .array(z.string())
  .max(1, 'may be given once')
  .transform(([value]) => value ?? '');

/** One of a few words. */
export function oneOf<Value extends string>(...values: Value[]) {
  return one.pipe(z.enum(values, `must be ${values.join(' or ')}`));
}

/**
 * Reads the parameters of a URL, which all may be left out. Throws InvalidInputError with every issue:
 * under the parameter's name, with the value that was given; an unknown name with those there are.
 */
export function parseQuery<Shape extends z.ZodRawShape>(
  shape: Shape,
  rawQuery: string,
): z.output<z.ZodObject<Shape>> {
  const named = Map.groupBy(parseRawQuery(rawQuery), ({ name }) => name);
  const given = [...named].map(([name, pairs]) => [name, pairs.map(({ value }) => value)] as const);
  const known = Object.keys(shape);
  const parsed = z.object(shape).partial().safeParse(Object.fromEntries(given));
  const issues = given
    .filter(([name]) => !known.includes(name))
    .map(([name]) => ({ path: [name], message: tellUnknown(name, known) }));
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [name = '', at] = path.map(String);
    const values = named.get(name)?.flatMap(({ value }) => value.split(',')) ?? [];
    const value =
      values.length === 1 ? values[0] : at === undefined ? undefined : values[Number(at)];
    const shown = value === undefined ? '' : `; it was ${JSON.stringify(value.slice(0, 100))}`;
    issues.push({ path: [name], message: `${message}${shown}` });
  }
  if (issues.length > 0 || !parsed.success) throw new InvalidInputError(issues);
  return parsed.data as z.output<z.ZodObject<Shape>>;
}

function tellUnknown(name: string, known: string[]): string {
  const guess = suggestName(name, known);
  const hint = guess === null ? '' : `did you mean ${guess}? `;
  return `is no parameter here; ${hint}known are ${known.join(', ')}`;
}
