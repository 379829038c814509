import { z } from 'zod';
import { isCurrency } from '../platform/currency.ts';
import { parseMoney } from '../platform/money.ts';
import { code, text } from '../platform/refusals.ts';

const amount = z.string().transform((value, context) => {
  const read = parseMoney(value);
  if (read.ok) return read.amount;
  context.addIssue({ code: 'custom', message: `${read.message}; it was "${value.slice(0, 64)}"` });
  return z.NEVER;
});

const currency = z
  .string()
  .transform((value) => value.toUpperCase())
  .refine(isCurrency, {
    error: ({ input }) =>
      `must be an ISO 4217 code such as USD; it was "${String(input).slice(0, 64)}"`,
  });

const type = z.string('must be given: the code of an event type, such as FirstDeposit').pipe(code);

export const EVENT_STATUSES = ['PENDING', 'APPROVED', 'REJECTED', 'REVERSED'] as const;

/**
 * One report of a conversion, the same for the GraphQL mutations and the `/event` URL.
 * `clickId` may be empty: the event is stored and told to be unattributed.
 */
export const eventReport = z
  .object({
    clickId: text(128, 0),
    type,
    amount: amount.nullish().transform((value) => value ?? null),
    currency: currency.nullish().transform((value) => value ?? null),
    payout: amount.nullish().transform((value) => value ?? null),
    payoutCurrency: currency.nullish().transform((value) => value ?? null),
    transactionId: text(255)
      .nullish()
      .transform((value) => value ?? null),
    customerId: text(255)
      .nullish()
      .transform((value) => value ?? null),
    status: z
      .enum(EVENT_STATUSES, {
        error: ({ input }) => `must be one of ${EVENT_STATUSES.join(', ')}; it was ${shown(input)}`,
      })
      .nullish()
      .transform((value) => value ?? 'APPROVED'),
    occurredAt: z
      .date({
        error: ({ input }) =>
          `must be an ISO 8601 instant with an offset, or Unix seconds; it was ${shown(input)}`,
      })
      .nullish()
      .transform((value) => value ?? null),
    /** Row id of the integration; null for the key's own, else the built-in default. */
    integrationId: z
      .string()
      .nullish()
      .transform((value) => value ?? null),
  })
  .superRefine(({ payout, payoutCurrency }, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (payout !== null && payoutCurrency === null) {
      refuse('payoutCurrency', 'must be given beside a payout: an ISO 4217 code such as USD');
    }
    if (payout === null && payoutCurrency !== null) {
      refuse('payout', 'must be given beside its currency: give both or leave both out');
    }
  });

export type EventReport = z.output<typeof eventReport>;

function shown(input: unknown): string {
  return JSON.stringify(String(input).slice(0, 64));
}

/** Names of the URL's parameters and of the report's fields. */
export const URL_NAMES: Record<string, string> = {
  clickid: 'clickId',
  event: 'type',
  amount: 'amount',
  currency: 'currency',
  payout: 'payout',
  payout_currency: 'payoutCurrency',
  customer_id: 'customerId',
  transaction_id: 'transactionId',
  status: 'status',
  occurred_at: 'occurredAt',
};

/** Events in one `recordEvents` call at most. */
export const MAX_EVENTS = 500;
