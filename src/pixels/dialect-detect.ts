import { findDialectTokens } from './dialect-tokens.ts';
import type { Dialect } from './dialect-words.ts';
import { findDialectWord } from './dialects.ts';
import { findPlaceholder } from './placeholders.ts';

// Nobody else in the field has these names.
const OURS: ReadonlySet<string> = new Set([
  ...['affclickid', 'affid', 'campaign', 'payout_currency', 'postback_id', 'sig', 'sig_ts'],
  ...['click_time', 'click_ts', 'event_time', 'event_ts', 'fire_time', 'fire_ts'],
]);

/** Names that give their system away. Others (`subid`, `tid`, `revenue`) only count together. */
const TELLING: Partial<Readonly<Record<Dialect, RegExp>>> = {
  EVERFLOW: /^(?:payout_amount|adv_event_id|impression_tracking_id)$/,
  IMPACT: /^[A-Z][a-z]/,
  KEITARO: /^(?:sub_id_\d+|extra_param_\d|ad_campaign_id|keitaro_\w+|visitor_code)$/,
  TUNE: /^(?:aff_sub\d?|adv_sub\d?|session_ip|offer_url_id|offer_ref|affiliate_ref)$/,
  VOLUUM: /^externalid$|\./,
};

const WITH_BRACES: readonly Dialect[] = ['EVERFLOW', 'IMPACT', 'KEITARO', 'TUNE', 'VOLUUM'];
const ENOUGH_POINTS = 2;

/**
 * Tells which system a pasted template was written for, null when it is ours already or when it could
 * be of several.
 *
 * Double braces are Smartico's, hashes around a name that CAKE knows are CAKE's. Single braces are
 * everybody's, there the names decide: one telling name or two lesser ones, and more than any other
 * system has. Canonical names of ours decide nothing, as `{transaction_id}` is used all over; names
 * that only Volley has, or a modifier after a bar, mean that the template is ours.
 */
export function detectDialect(url: string): Dialect | null {
  const hashed = findDialectTokens(url, 'HASHES');
  if (hashed.some(({ name }) => findDialectWord('CAKE', name) !== null)) return 'CAKE';
  if (findDialectTokens(url, 'DOUBLE_BRACES').length > 0) return 'SMARTICO';

  const tokens = findDialectTokens(url, 'BRACES');
  if (/\{[^{}|]+\|/.test(url) || tokens.some(({ name }) => OURS.has(name))) return null;
  const distinct = new Map(tokens.map((token) => [`${token.name}:${token.argument}`, token]));
  const ranking = WITH_BRACES.map((dialect) => {
    const points = [...distinct.values()].map((token) => weigh(dialect, token));
    return { dialect, points: points.reduce((sum, point) => sum + point, 0) };
  }).toSorted((a, b) => b.points - a.points);
  const [first, second] = ranking;
  const isClear = first!.points >= ENOUGH_POINTS && first!.points > second!.points;
  return isClear ? first!.dialect : null;
}

function weigh(
  dialect: Dialect,
  { name, argument }: { name: string; argument: string | null },
): number {
  const isRaw = dialect === 'KEITARO' && /^_[^_]/.test(name);
  const isVariable = dialect === 'VOLUUM' && name === 'var' && argument !== null;
  if (isVariable) return ENOUGH_POINTS;
  if (findDialectWord(dialect, isRaw ? name.slice(1) : name)?.exact !== true) return 0;
  const takesArguments = dialect === 'KEITARO' || dialect === 'VOLUUM';
  if (argument !== null) return takesArguments ? ENOUGH_POINTS : 0;
  if (isRaw || TELLING[dialect]?.test(name)) return ENOUGH_POINTS;
  const found = findPlaceholder(name);
  return found?.by === 'NAME' && found.exact ? 0 : 1;
}
