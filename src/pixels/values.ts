import type { EntryParameter } from '../clicks/entry-url.ts';
import { readDevice } from '../clicks/visitor.ts';
import { formatMoney } from '../platform/money.ts';
import { findPlaceholder, type PlaceholderSource } from './placeholders.ts';

/** What one postback attempt knows. Null means there is no such fact. */
export type PlaceholderFacts = {
  /** Public codes and names of what the click belongs to. */
  affid: string | null;
  partnerType: string | null;
  campaign: string | null;
  campaignName: string | null;
  offerId: string | null;
  offerName: string | null;
  /** The click; null and an empty list for an event without one. */
  clickId: string | null;
  clickTime: Date | null;
  entryParameters: readonly EntryParameter[];
  ip: string | null;
  userAgent: string | null;
  referrer: string | null;
  language: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  event: EventFacts;
  /** The postback's stable id, equal to the `webhook-id` header. */
  postbackId: string;
  /** Number of the attempt, from 1. */
  attempt: number;
  fireTime: Date;
  test: boolean;
};

/** The facts of one event revision. Amounts are decimal strings, as stored. */
export type EventFacts = {
  id: string;
  /** Id of the first revision, the same for every one; null while it is not known, then its own. */
  conversionId: string | null;
  type: string;
  status: string;
  amount: string | null;
  currency: string | null;
  payout: string | null;
  payoutCurrency: string | null;
  transactionId: string | null;
  customerId: string | null;
  occurredAt: Date;
};

/** A value before modifiers and encoding, and where it comes from. */
export type PlaceholderValue = { raw: string; source: PlaceholderSource };

/** Looks up what a name in braces stands for; null when nothing does. */
export type PlaceholderValues = (name: string) => PlaceholderValue | null;

/**
 * Makes the look-up of one postback attempt. The order is: event, click and delivery facts under their
 * canonical names (letter case ignored), then aliases, then the entry parameter of exactly that name.
 *
 * A canonical name of a fact never takes an entry parameter, also when the fact is missing, so
 * `&amount=9999` on a link cannot forge a payout. An alias yields to an entry parameter of exactly its
 * name, as affiliates name parameters freely, except the aliases of money and status. Names that stand
 * for entry parameters (`affclickid`, `sub1`) take the exact name typed first. What a browser says of
 * itself (`os`, `language`) and where it is (`country`) takes an entry parameter where the click does not
 * tell it.
 */
export function placeholderValues(facts: PlaceholderFacts): PlaceholderValues {
  const entry = new Map<string, string>();
  for (const { name, value } of facts.entryParameters) {
    if (!entry.has(name)) entry.set(name, value);
  }

  return (name) => {
    const carried = toValue(entry.get(name), 'entry');
    const found = findPlaceholder(name);
    if (found === null) return carried;
    const { placeholder, by } = found;
    const ofEntry = () => carried ?? toValue(entry.get(placeholder.name), 'entry');
    if (placeholder.source === 'entry') return ofEntry();
    if (carried !== null && by === 'ALIAS' && !placeholder.moneyOrStatus) return carried;
    const ours = toValue(PLATFORM.get(placeholder.name)?.(facts), placeholder.source);
    return ours ?? (placeholder.orEntry ? ofEntry() : null);
  };
}

/**
 * The platform's value of every canonical name but those of entry parameters and `sig`, which the
 * renderer computes from the finished URL. Each is found when a template asks for it: a postback asks for a few,
 * and it is looked at when it is planned and again when it is fired.
 */
const PLATFORM = new Map<string, (facts: PlaceholderFacts) => string | null | undefined>(
  Object.entries({
    amount: ({ event }) => money(event.amount),
    currency: ({ event }) => event.currency,
    payout: ({ event }) => money(event.payout),
    payout_currency: ({ event }) => event.payoutCurrency,
    status: ({ event }) => event.status.toLowerCase(),
    event: ({ event }) => event.type,
    event_id: ({ event }) => event.id,
    transaction_id: ({ event }) => event.transactionId,
    conversion_id: ({ event }) => event.conversionId ?? event.id,
    customer_id: ({ event }) => event.customerId,
    event_time: ({ event }) => isoTime(event.occurredAt),
    event_ts: ({ event }) => unixSeconds(event.occurredAt),
    affid: (facts) => facts.affid,
    campaign: (facts) => facts.campaign,
    clickid: (facts) => facts.clickId,
    click_time: (facts) => isoTime(facts.clickTime),
    click_ts: (facts) => unixSeconds(facts.clickTime),
    ip: (facts) => facts.ip,
    user_agent: (facts) => facts.userAgent,
    referrer: (facts) => facts.referrer,
    device_type: (facts) => readDevice(facts.userAgent).deviceType,
    os: (facts) => readDevice(facts.userAgent).os,
    browser: (facts) => readDevice(facts.userAgent).browser,
    language: (facts) => facts.language,
    country: (facts) => facts.country,
    region: (facts) => facts.region,
    city: (facts) => facts.city,
    offer_id: (facts) => facts.offerId,
    offer_name: (facts) => facts.offerName,
    campaign_name: (facts) => facts.campaignName,
    partner_type: (facts) => facts.partnerType?.toLowerCase(),
    postback_id: (facts) => facts.postbackId,
    attempt: (facts) => String(facts.attempt),
    fire_time: (facts) => isoTime(facts.fireTime),
    fire_ts: (facts) => unixSeconds(facts.fireTime),
    sig_ts: (facts) => unixSeconds(facts.fireTime),
    test: (facts) => (facts.test ? '1' : '0'),
  } satisfies Record<string, (facts: PlaceholderFacts) => string | null | undefined>),
);

function toValue(
  raw: string | null | undefined,
  source: PlaceholderSource,
): PlaceholderValue | null {
  return raw == null ? null : { raw, source };
}

function money(amount: string | null): string | null {
  return amount === null ? null : formatMoney(amount);
}

/** Null for a missing or invalid date: rendering must not throw. */
function isoTime(time: Date | null): string | null {
  return time === null || Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function unixSeconds(time: Date | null): string | null {
  if (time === null || Number.isNaN(time.getTime())) return null;
  return String(Math.floor(time.getTime() / 1000));
}
