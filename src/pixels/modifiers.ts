import { createHash, createHmac } from 'node:crypto';
import { percentDecode, percentEncode } from '../clicks/raw-query.ts';
import { multiplyMoney, roundMoney } from '../platform/money.ts';
import { suggestName } from './placeholders.ts';

/** One checked modifier of a placeholder, ready to apply. */
export type Modifier = { name: string; args: readonly string[] };

/** What a pixel may use: `hmac` needs a secret, `raw` can be forbidden by the operator. */
export type ModifierContext = { hasSecret: boolean; allowRaw: boolean };

/** A parsed modifier, or why it is none (without the position, which the caller knows). */
export type ModifierReading = { ok: true; modifier: Modifier } | { ok: false; message: string };

type Definition = {
  /** Shown in messages. */
  usage: string;
  /** Reads the text after the colon (null without one); null means it does not fit the usage. */
  readArgs(argument: string | null): readonly string[] | null;
  /** Changes a value that is not empty; null makes it unresolved. */
  apply(value: string, args: readonly string[], secret: string | null): string | null;
};

/** `base64url` and `enc2` grow a value each time they are applied; no URL has room for more. */
const MAX_VALUE_CHARACTERS = 8192;

const DEFINITIONS: Readonly<Record<string, Definition>> = {
  default: {
    usage: 'default:text',
    readArgs: (argument) => (argument ? [percentDecode(argument)] : null),
    apply: (value) => value,
  },
  // Acts where the value is encoded, see render.ts.
  raw: withoutArgument('raw', (value) => value),
  lower: withoutArgument('lower', (value) => value.toLowerCase()),
  upper: withoutArgument('upper', (value) => value.toUpperCase()),
  trim: withoutArgument('trim', (value) => value.trim()),
  first: {
    usage: 'first:n with n from 1 to 1024',
    readArgs: (argument) => readInteger(argument, 1, 1024),
    apply: (value, [count]) => Array.from(value).slice(0, Number(count)).join(''),
  },
  fixed: {
    usage: 'fixed:n with n from 0 to 10',
    readArgs: (argument) => readInteger(argument, 0, 10),
    apply: (value, [places]) => roundMoney(value, Number(places)),
  },
  cents: withoutArgument('cents', (value) => multiplyMoney(value, '100')),
  percent: {
    usage: 'percent:n with n a decimal number such as 12.5',
    readArgs: (argument) => (/^\d{1,10}(?:\.\d{1,10})?$/.test(argument ?? '') ? [argument!] : null),
    apply: (value, [share]) => multiplyMoney(multiplyMoney(value, share!), '0.01'),
  },
  map: {
    usage: 'map:from=to,from=to',
    readArgs: readMap,
    apply: (value, args) => {
      const from = args.findIndex((text, index) => index % 2 === 0 && text === value);
      return from < 0 ? value : args[from + 1]!;
    },
  },
  date: {
    usage:
      'date:format,zone with a format such as yyyy-MM-dd (also iso, unix, unixms) and an IANA zone',
    readArgs: readDateArgs,
    apply: (value, [format, zone]) => formatDate(value, format!, zone!),
  },
  md5: withoutArgument('md5', (value) => hash('md5', value)),
  sha1: withoutArgument('sha1', (value) => hash('sha1', value)),
  sha256: withoutArgument('sha256', (value) => hash('sha256', value)),
  base64url: withoutArgument('base64url', (value) => Buffer.from(value).toString('base64url')),
  enc2: withoutArgument('enc2', percentEncode),
  hmac: withoutArgument('hmac', (value, _, secret) => {
    return secret === null ? null : createHmac('sha256', secret).update(value).digest('hex');
  }),
};

/** The names of all modifiers, in the order of the documentation. */
export const MODIFIER_NAMES: readonly string[] = Object.keys(DEFINITIONS);

/**
 * Parses one modifier as written between the bars of `{name|fn:argument}`. Arguments are checked here,
 * so that a saved template cannot fail later. In the texts of `default`, `map` and `date` a
 * percent-escape stands for a character the template cannot hold there (`%20`, `%7C`, `%2C`).
 */
export function parseModifier(text: string, context: ModifierContext): ModifierReading {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const definition = Object.hasOwn(DEFINITIONS, name) ? DEFINITIONS[name]! : null;
  if (definition === null) {
    const guess = suggestName(name, MODIFIER_NAMES);
    const hint =
      guess === null ? `known are ${MODIFIER_NAMES.join(', ')}` : `did you mean ${guess}?`;
    return { ok: false, message: `unknown modifier "${name}"; ${hint}` };
  }
  if (name === 'hmac' && !context.hasSecret) {
    return { ok: false, message: 'modifier hmac needs a secret: set signed: true' };
  }
  if (name === 'raw' && !context.allowRaw) {
    return { ok: false, message: 'modifier raw is not allowed here' };
  }
  const args = definition.readArgs(colon < 0 ? null : text.slice(colon + 1));
  if (args === null) {
    return { ok: false, message: `modifier "${text}" is not of the form ${definition.usage}` };
  }
  return { ok: true, modifier: { name, args } };
}

/**
 * Applies modifiers from left to right. Null stands for an unresolved value. Only `default` acts on a
 * null or empty value, all others pass it on (the hash of nothing would look like a value). `fixed`,
 * `cents` and `percent` pass text that is no decimal number unchanged, `date` text that is no ISO 8601
 * instant or unix seconds, `map` what it does not list. Lengths count Unicode characters, hashes and
 * `base64url` read UTF-8, hashes are lower-case hex. A value that is longer than 8,192 characters after
 * a modifier becomes unresolved. Never throws.
 */
export function applyModifiers(
  value: string | null,
  modifiers: readonly Modifier[],
  secret: string | null,
): string | null {
  let current = value;
  for (const { name, args } of modifiers) {
    if (current === null || current === '') {
      if (name === 'default') current = args[0]!;
    } else {
      current = DEFINITIONS[name]!.apply(current, args, secret);
    }
    if (current !== null && current.length > MAX_VALUE_CHARACTERS) current = null;
  }
  return current;
}

function withoutArgument(usage: string, apply: Definition['apply']): Definition {
  return { usage, readArgs: (argument) => (argument === null ? [] : null), apply };
}

function readInteger(argument: string | null, from: number, to: number): readonly string[] | null {
  if (argument === null || !/^\d{1,4}$/.test(argument)) return null;
  return Number(argument) >= from && Number(argument) <= to ? [argument] : null;
}

/** Gives from, to, from, to and so on. */
function readMap(argument: string | null): readonly string[] | null {
  if (!argument) return null;
  const args: string[] = [];
  for (const pair of argument.split(',')) {
    const equals = pair.indexOf('=');
    if (equals < 1) return null;
    args.push(percentDecode(pair.slice(0, equals)), percentDecode(pair.slice(equals + 1)));
  }
  return args;
}

function hash(algorithm: 'md5' | 'sha1' | 'sha256', value: string): string {
  return createHash(algorithm).update(value).digest('hex');
}

const ISO_FORMAT = 'yyyy-MM-ddTHH:mm:ssXXX';
const FORMAT_FIELDS = /yyyy|MM|dd|HH|mm|ss|SSS|XXX/g;
const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Gives the format and the zone, UTC when none is written. */
function readDateArgs(argument: string | null): readonly string[] | null {
  if (!argument) return null;
  const comma = argument.lastIndexOf(',');
  const format = percentDecode(comma < 0 ? argument : argument.slice(0, comma));
  const zone = comma < 0 ? 'UTC' : percentDecode(argument.slice(comma + 1));
  if (format === 'iso') return isZone(zone) ? [ISO_FORMAT, zone] : null;
  const isFormat = format === 'unix' || format === 'unixms' || format.search(FORMAT_FIELDS) >= 0;
  return isFormat && isZone(zone) ? [format, zone] : null;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function formatDate(value: string, format: string, zone: string): string {
  const isUnixSeconds = /^\d{1,11}$/.test(value);
  if (!isUnixSeconds && !ISO_INSTANT.test(value)) return value;
  const milliseconds = isUnixSeconds ? Number(value) * 1000 : Date.parse(value);
  if (Number.isNaN(milliseconds)) return value;
  if (format === 'unixms') return String(milliseconds);
  if (format === 'unix') return String(Math.floor(milliseconds / 1000));
  const fields = readDateFields(milliseconds, zone);
  return format.replace(FORMAT_FIELDS, (field) => fields[field]!);
}

function readDateFields(milliseconds: number, zone: string): Record<string, string> {
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'longOffset',
  });
  const parts = Object.fromEntries(
    formatter.formatToParts(milliseconds).map(({ type, value }) => [type, value]),
  );
  return {
    yyyy: parts.year!.padStart(4, '0'),
    MM: parts.month!,
    dd: parts.day!,
    HH: parts.hour!,
    mm: parts.minute!,
    ss: parts.second!,
    SSS: parts.fractionalSecond!,
    // "GMT+02:00", and plain "GMT" for no offset.
    XXX: parts.timeZoneName!.slice(3) || '+00:00',
  };
}
