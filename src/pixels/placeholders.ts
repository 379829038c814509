/**
 * Where a placeholder's value comes from: the reported event, the stored click, the entry URL's own
 * parameters, the postback being fired, or what the click belongs to (offer, campaign, affiliate).
 */
export type PlaceholderSource = 'event' | 'click' | 'entry' | 'delivery' | 'context';

/** One row of the catalogue. */
export type Placeholder = {
  name: string;
  /** Other names of the same value; an entry parameter of exactly that name goes before them. */
  aliases: readonly string[];
  description: string;
  sample: string;
  source: PlaceholderSource;
  /** Aliases of these never yield, so that a link cannot forge what a conversion was worth. */
  moneyOrStatus?: boolean;
  /** Filled from the entry parameter of that name where the click does not tell it. */
  orEntry?: boolean;
  /** Told by a geographic database only, which not every Volley has. */
  isPlace?: boolean;
};

/** A catalogue row found by name; `exact` is false when only the letter case had to be ignored. */
export type FoundPlaceholder = {
  placeholder: Placeholder;
  by: 'NAME' | 'ALIAS';
  exact: boolean;
};

/** One row as written below: name, description, sample, aliases. */
type Row = readonly [name: string, description: string, sample: string, ...aliases: string[]];

const MONEY_AND_STATUS: readonly Row[] = [
  // biome-ignore format: one line per placeholder reads as a table
  ['amount', 'amount of the event', '50', 'event_amount', 'deposit_amount', 'sale_amount', 'order_sum'],
  ['currency', 'ISO 4217 code of the amount', 'USD', 'amount_currency', 'order_currency'],
  ['payout', 'commission of the affiliate', '12.5', 'commission', 'sum', 'price', 'payout_sum'],
  ['payout_currency', 'ISO 4217 code of the payout', 'USD'],
  // biome-ignore format: one line per placeholder reads as a table
  ['status', 'pending, approved, rejected or reversed', 'approved', 'conversion_status', 'conv_status', 'cnv_status'],
];

// biome-ignore format: one line per placeholder reads as a table
const EVENT: readonly Row[] = [
  ['event', 'type of the event', 'FirstDeposit', 'event_name', 'event_type', 'goal', 'goal_id', 'type'],
  ['event_id', 'our id of the event', 'evt_0198c7a1'],
  ['transaction_id', "the operator's transaction id", 'tx-90210', 'transactionid', 'txid', 'tid', 'order_id'],
  ['conversion_id', 'our id of the conversion', 'evt_0198c7a1', 'lead_id', 'leadid', 'action_id'],
  ['customer_id', "the operator's customer id", 'c-4711', 'user_id', 'player_id', 'registration_id'],
  ['event_time', 'when the event happened, ISO 8601 in UTC', '2026-03-01T12:00:00.000Z', 'datetime', 'date'],
  ['event_ts', 'when the event happened, unix seconds', '1772366400', 'timestamp', 'utcunixtime', 'unixtime'],
];

// biome-ignore format: one line per placeholder reads as a table
const CLICK: readonly Row[] = [
  ['affid', 'public code of the affiliate', '101', 'aff_id', 'affiliate_id', 'affiliateid', 'pid', 'publisher_id'],
  ['campaign', 'public code of the campaign', '2001', 'campaign_id', 'campaignid', 'cmp'],
  ['clickid', 'our id of the click', 'clk_0198c7a0', 'click_id_internal', 'session_id'],
  ['click_time', 'when the click came in, ISO 8601 in UTC', '2026-03-01T11:30:00.000Z', 'click_date'],
  ['click_ts', 'when the click came in, unix seconds', '1772364600'],
  ['ip', "the visitor's address", '203.0.113.7'],
  ['user_agent', "the visitor's browser line", 'Mozilla/5.0', 'uagent', 'ua'],
  ['referrer', 'the page the visitor came from', 'https://blog.example/review', 'referer'],
];

const DEVICE: readonly Row[] = [
  ['device_type', 'kind of device, by the user agent: desktop, mobile, tablet or tv', 'mobile'],
  ['os', 'operating system, by the user agent', 'Android'],
  ['browser', 'browser, by the user agent', 'Firefox'],
  ['language', 'language the browser prefers', 'de'],
];

// What stands for an address in the geographic database, if the operator has one.
const PLACE: readonly Row[] = [
  ['country', "country of the visitor's address, two letters", 'DE', 'geo', 'country_code'],
  ['region', "region of the visitor's address", 'Bavaria'],
  ['city', "city of the visitor's address", 'Munich'],
];

// biome-ignore format: one line per placeholder reads as a table
const CONTEXT: readonly Row[] = [
  ['offer_id', 'public code of the offer', 'spring', 'offerid', 'oid'],
  ['offer_name', 'name of the offer', 'Spring offer'],
  ['campaign_name', 'name of the campaign', 'Spring campaign'],
  ['partner_type', 'affiliate or ib', 'affiliate'],
];

// biome-ignore format: one line per placeholder reads as a table
const DELIVERY: readonly Row[] = [
  ['postback_id', 'id of the postback, the same in every attempt', 'pb_0198c7a2', 'delivery_id', 'rand', 'ran'],
  ['attempt', 'number of the attempt, from 1', '1'],
  ['fire_time', 'when this attempt is made, ISO 8601 in UTC', '2026-03-01T12:00:05.000Z'],
  ['fire_ts', 'when this attempt is made, unix seconds', '1772366405'],
  ['sig', 'HMAC-SHA256 of the final URL without this parameter', '9f86d081884c7d65', 'signature'],
  ['sig_ts', 'when the URL was signed, unix seconds', '1772366405'],
  ['test', '1 on a test fire, else 0', '0', 'is_test'],
];

// Names everybody uses for what an affiliate may put on the link. Volley looks nothing up for them.
// biome-ignore format: one line per placeholder reads as a table
const ENTRY: readonly Row[] = [
  ['affclickid', "the affiliate's click id", '1122223444455565666', 'aff_click_id', 'affiliate_click_id', 'external_id', 'externalid'],
  ['source', 'traffic source', 'newsletter', 'source_id', 'traffic_source'],
  ['creative_id', 'creative', 'banner-7', 'cid', 'media_id'],
  ['link_id', 'link', 'link-3'],
  ['landing_id', 'landing page', 'lp-2'],
  ['brand_id', 'brand', 'b-9', 'advertiser_id'],
  ['brand_name', 'name of the brand', 'Northwind', 'advertiser_name'],
  ['sub1', 'sub id 1', 'a1', 'aff_sub', 'aff_sub1', 's1', 'subid1', 'sub_id1'],
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((n): Row => [`sub${n}`, `sub id ${n}`, `a${n}`, `aff_sub${n}`, `s${n}`, `subid${n}`, `sub_id${n}`]),
];

/**
 * The placeholders with a fixed meaning. Every other name in braces is filled from the entry parameter
 * of that name. Names and aliases are unique over the whole table, also when letter case is ignored.
 */
export const PLACEHOLDERS: readonly Placeholder[] = [
  ...MONEY_AND_STATUS.map((row) => ({ ...toPlaceholder(row, 'event'), moneyOrStatus: true })),
  ...EVENT.map((row) => toPlaceholder(row, 'event')),
  ...CLICK.map((row) => toPlaceholder(row, 'click')),
  ...DEVICE.map((row) => ({ ...toPlaceholder(row, 'click', true), orEntry: true })),
  ...PLACE.map((row) => ({ ...toPlaceholder(row, 'click', true), orEntry: true, isPlace: true })),
  ...CONTEXT.map((row) => toPlaceholder(row, 'context')),
  ...DELIVERY.map((row) => toPlaceholder(row, 'delivery')),
  ...ENTRY.map((row) => toPlaceholder(row, 'entry')),
];

const BY_LOWER_NAME: ReadonlyMap<string, { placeholder: Placeholder; written: string }> = new Map(
  PLACEHOLDERS.flatMap((placeholder) =>
    [placeholder.name, ...placeholder.aliases].map(
      (written) => [written.toLowerCase(), { placeholder, written }] as const,
    ),
  ),
);

/**
 * Finds what a name in braces means: a canonical name, else an alias, each exact or with its letter
 * case ignored. Null for a name without fixed meaning.
 */
export function findPlaceholder(name: string): FoundPlaceholder | null {
  const found = BY_LOWER_NAME.get(name.toLowerCase());
  if (found === undefined) return null;
  const { placeholder, written } = found;
  return {
    placeholder,
    by: written === placeholder.name ? 'NAME' : 'ALIAS',
    exact: written === name,
  };
}

/**
 * Guesses which of `candidates` was meant by a misspelt `name`: the nearest one within one typing
 * error for short names and two for longer ones (letter case and `_ - .` do not count), else null.
 */
export function suggestName(name: string, candidates: readonly string[]): string | null {
  const typed = withoutStyle(name);
  const allowed = typed.length < 5 ? 1 : 2;
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of candidates) {
    const wanted = withoutStyle(candidate);
    // The length difference is a lower bound, and it spares the table for hopeless candidates.
    if (candidate === name || Math.abs(wanted.length - typed.length) > allowed) continue;
    const distance = countTypingErrors(typed, wanted);
    const isPlausible = distance <= allowed && distance < wanted.length;
    if (isPlausible && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

function toPlaceholder(row: Row, source: PlaceholderSource, orEntry = false): Placeholder {
  const [name, text, sample, ...aliases] = row;
  const from = orEntry ? '; else from' : ', from';
  const isFromEntry = orEntry || source === 'entry';
  const description = isFromEntry ? `${text}${from} the entry parameter ${name}` : text;
  return { name, aliases, description, sample, source };
}

function withoutStyle(name: string): string {
  return name.toLowerCase().replace(/[_.-]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function countTypingErrors(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = last[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      let cost = Math.min(replaced, last[column]! + 1, current[column - 1]! + 1);
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}
