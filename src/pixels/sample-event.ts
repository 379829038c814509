import { findPlaceholder } from './placeholders.ts';

/** What a preview or a test fire says of the event when there is none: the samples of the catalogue. */
export const SAMPLE_EVENT = {
  type: sampleOf('event'),
  status: 'APPROVED' as const,
  amount: sampleOf('amount'),
  currency: sampleOf('currency'),
  payout: sampleOf('payout'),
  payoutCurrency: sampleOf('payout_currency'),
  customerId: sampleOf('customer_id'),
};

function sampleOf(name: string): string {
  return findPlaceholder(name)!.placeholder.sample;
}
