import { percentEncode } from '../clicks/raw-query.ts';
import { parseModifier } from './modifiers.ts';

/** Our modifiers for what a dialect writes after the name, and what the author should know of it. */
export type FunctionReading =
  | { ok: true; modifiers: readonly string[]; remarks: readonly string[] }
  | { ok: false; message: string };

/** Keitaro: the status with other words, the click's time in a format, a language or charset. */
export function readKeitaroArgument(name: string, argument: string): FunctionReading {
  if (name === 'status') return readStatusWords(argument);
  if (name === 'date') return readDate(argument);
  const remark = `Volley has no variants of a value, so ":${argument}" is gone`;
  return { ok: true, modifiers: [], remarks: [remark] };
}

/** Voluum: `raw` and `hash`. How a percentage is written there was not to be found out. */
export function readVoluumArgument(argument: string): FunctionReading {
  if (argument === 'raw') return { ok: true, modifiers: ['raw'], remarks: [] };
  if (argument === 'hash') {
    const remark = 'SHA-256 gives other hashes than Voluum gave';
    return { ok: true, modifiers: ['sha256'], remarks: [remark] };
  }
  const message = `its function ":${argument}" is not known; a share of a sum is |percent:n here`;
  return { ok: false, message };
}

const OUR_STATUSES: Readonly<Record<string, readonly string[]>> = {
  lead: ['pending'],
  sale: ['approved'],
  // Keitaro has no word for a reversal; its receivers learn of it as of a rejection.
  rejected: ['rejected', 'reversed'],
};

/** A template that maps none sends Keitaro's own words, and the receiver expects them. */
export const KEITARO_STATUS_WORDS = 'lead=lead sale=sale rejected=rejected';

function readStatusWords(argument: string): FunctionReading {
  const pairs = argument.split(/\s+/).map((pair) => {
    const [from = '', ...to] = pair.split('=');
    return { from: from.toLowerCase(), to: to.join('=') };
  });
  const known = pairs.filter(({ from }) => Object.hasOwn(OUR_STATUSES, from));
  const lost = pairs.filter((pair) => !known.includes(pair)).map(({ from }) => from);
  if (known.length === 0) return { ok: false, message: `":${argument}" maps no status known here` };
  const words = known.flatMap(({ from, to }) => {
    return OUR_STATUSES[from]!.map((status) => `${status}=${escapeArgument(to)}`);
  });
  const remarks = [
    'a lead is pending here, a sale approved, and a reversal is told as a rejection',
  ];
  if (lost.length > 0) remarks.push(`what it said of ${lost.join(', ')} has no counterpart`);
  return { ok: true, modifiers: [`map:${words.join(',')}`], remarks };
}

/** The letters of PHP's date formats that have a counterpart. */
const DATE_FIELDS: Readonly<Record<string, string>> = {
  Y: 'yyyy',
  m: 'MM',
  d: 'dd',
  H: 'HH',
  i: 'mm',
  s: 'ss',
  v: 'SSS',
  P: 'XXX',
};

function readDate(argument: string): FunctionReading {
  const comma = argument.lastIndexOf(',');
  const typed = comma < 0 ? argument : argument.slice(0, comma);
  const zone = comma < 0 ? '' : `,${escapeArgument(argument.slice(comma + 1).trim())}`;
  const format = translateDateFormat(typed);
  if (format !== null) {
    const modifier = `date:${escapeArgument(format)}${zone}`;
    const reading = parseModifier(modifier, { hasSecret: false, allowRaw: true });
    if (reading.ok) return { ok: true, modifiers: [modifier], remarks: [] };
  }
  return { ok: false, message: `the date format "${argument}" cannot be written here` };
}

function translateDateFormat(typed: string): string | null {
  if (typed === 'U') return 'unix';
  if (typed === 'c') return 'iso';
  let format = '';
  for (const [part] of typed.matchAll(/\\[TZ]|[\s\S]/gu)) {
    const isLetter = /^[\p{L}\\]/u.test(part);
    const field = part.length === 2 && part[0] === '\\' ? part[1] : DATE_FIELDS[part];
    if (field === undefined && isLetter) return null;
    format += field ?? part;
  }
  return format;
}

/** As modifiers want their texts: what would end the argument or the template is an escape. */
function escapeArgument(text: string): string {
  return text.replace(/[^\w.~:/-]+/gu, percentEncode);
}
