import { Kind } from 'graphql';
import { createGraphQLError } from 'graphql-yoga';
import { parseInstant } from '../platform/instant.ts';
import { formatMoney } from '../platform/money.ts';
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description:
    'An instant in UTC, ISO 8601, for example `2026-11-22T12:00:00.000Z`. As input an offset may be given; a time without one is refused.',
  serialize: (value) => value.toISOString(),
  parseValue: readInstant,
  parseLiteral: (node) => readInstant(node.kind === Kind.STRING ? node.value : undefined),
});

builder.scalarType('Decimal', {
  description:
    'An exact decimal number as a string, for example `"50"` or `"49.9"`: never a float, without needless zeros.',
  serialize: (value) => formatMoney(toPlainDecimal(value)),
});

function readInstant(value: unknown): Date {
  const instant = typeof value === 'string' ? parseInstant(value) : null;
  if (instant) return instant;
  throw createGraphQLError(
    `DateTime must be an ISO 8601 instant with an offset, such as "2026-11-22T12:00:00Z"; it was ${JSON.stringify(value)}.`,
    { extensions: { code: 'BAD_USER_INPUT' } },
  );
}

/** Prisma's decimals print small and large numbers with an exponent unless told otherwise. */
function toPlainDecimal(value: { toString(): string }): string {
  return 'toFixed' in value && typeof value.toFixed === 'function'
    ? (value.toFixed() as string)
    : value.toString();
}
