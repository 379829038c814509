import { detectDialect } from './dialect-detect.ts';
import {
  type FunctionReading,
  KEITARO_STATUS_WORDS,
  readKeitaroArgument,
  readVoluumArgument,
} from './dialect-functions.ts';
import { type DialectToken, findDialectTokens } from './dialect-tokens.ts';
import type { Dialect } from './dialect-words.ts';
import { DIALECTS, type DialectWord, findDialectWord } from './dialects.ts';
import { findPlaceholder } from './placeholders.ts';

/** A macro that was translated, or kept with something to know (`to` then equals `from`). */
export type ConversionChange = { from: string; to: string; note: string; position: number };

/** A macro that has no counterpart and stands in the result as it was typed. */
export type UnsupportedToken = { token: string; note: string; position: number };

/** A pasted template in our language. Positions are places in the pasted text, counted from 1. */
export type Conversion = {
  /** The given dialect, else the detected one; null means nothing was there to translate. */
  dialect: Dialect | null;
  /** Not checked: `parseTemplate` may still refuse it. */
  url: string;
  changes: ConversionChange[];
  unsupported: UnsupportedToken[];
};

/**
 * Translates a postback template of another system into ours, macro by macro. Static text stays byte
 * for byte. Every change has a note, so has a macro kept although it is not known there (the
 * affiliate's links may carry that name). A template that is ours already comes back unchanged.
 *
 * Canonical names are preferred to aliases, which would yield to an entry parameter of the same name.
 * Names that the affiliate puts on the link (`sub1`, `s2`, `aff_sub`) stay, since the links carry them.
 */
export function convertTemplate(url: string, dialect: Dialect | null = null): Conversion {
  const spoken = dialect ?? detectDialect(url);
  const conversion: Conversion = { dialect: spoken, url, changes: [], unsupported: [] };
  if (spoken === null) return conversion;

  const query = url.indexOf('?');
  let converted = '';
  let end = 0;
  for (const token of findDialectTokens(url, DIALECTS[spoken].delimiter)) {
    const position = token.offset + 1;
    const inPath = query < 0 || token.offset < query;
    const translation = translate(token, spoken, inPath);
    if (translation.kind === 'UNSUPPORTED') {
      conversion.unsupported.push({ token: token.text, note: translation.note, position });
    } else if (translation.kind === 'CHANGED') {
      const { to, note } = translation;
      conversion.changes.push({ from: token.text, to, note, position });
      converted += url.slice(end, token.offset) + to;
      end = token.offset + token.text.length;
    }
  }
  conversion.url = converted + url.slice(end);
  return conversion;
}

type Translation =
  | { kind: 'CHANGED'; to: string; note: string }
  | { kind: 'UNSUPPORTED'; note: string }
  | { kind: 'SAME' };

function translate(token: DialectToken, dialect: Dialect, inPath: boolean): Translation {
  const { label } = DIALECTS[dialect];
  const { name, argument, isRaw, isVariable } = readName(token, dialect);
  const word: DialectWord | null = isVariable
    ? { kind: 'ENTRY', name, exact: true }
    : findDialectWord(dialect, name);
  if (word?.kind === 'MACRO' && word.row[1] === null) {
    const note = `${label}'s ${token.text} has no counterpart here: ${word.row[2]}`;
    return { kind: 'UNSUPPORTED', note };
  }
  const call = readFunction(word, argument, dialect);
  if (!call.ok) return { kind: 'UNSUPPORTED', note: `${token.text}: ${call.message}` };

  const meaning = readMeaning(token, name, word, label);
  const modifiers = [...call.modifiers];
  const remarks = [...meaning.remarks, ...call.remarks];
  if (isRaw) {
    // Our raw takes no space, and none in the path: the value would be lost or the template refused.
    const hasSpace = modifiers.some((modifier) => modifier.includes('%20'));
    const isPossible = !inPath && !hasSpace;
    if (isPossible) modifiers.push('raw');
    remarks.push(
      isPossible
        ? 'its leading underscore is the modifier raw here'
        : 'it is percent-encoded here, as raw is not possible for it',
    );
  }
  const written = [meaning.name, ...modifiers].join('|');
  const to = isOurSpelling(token, written) ? token.text : `{${written}}`;
  if (to === token.text && remarks.length === 0) return { kind: 'SAME' };
  const note = [meaning.text, ...remarks].join('; ');
  return { kind: 'CHANGED', to, note };
}

/** Keitaro's leading underscore and Voluum's `{var:name}` belong to the name. */
function readName({ name, argument }: DialectToken, dialect: Dialect) {
  if (dialect === 'KEITARO' && /^_[^_]/.test(name)) {
    return { name: name.slice(1), argument, isRaw: true, isVariable: false };
  }
  if (dialect === 'VOLUUM' && name === 'var' && /^[A-Za-z_][\w.-]*$/.test(argument ?? '')) {
    return { name: argument!, argument: null, isRaw: false, isVariable: true };
  }
  return { name, argument, isRaw: false, isVariable: false };
}

function readFunction(
  word: DialectWord | null,
  argument: string | null,
  dialect: Dialect,
): FunctionReading {
  const macro = word?.kind === 'MACRO' ? word.row[0] : (word?.name ?? null);
  if (dialect === 'KEITARO' && macro !== null) {
    const given = argument ?? (macro === 'status' ? KEITARO_STATUS_WORDS : null);
    if (given !== null) return readKeitaroArgument(macro, given);
  }
  if (argument === null) return { ok: true, modifiers: [], remarks: [] };
  if (dialect === 'VOLUUM') return readVoluumArgument(argument);
  return { ok: false, message: `the function ":${argument}" is not known` };
}

/** Our name for a macro and what to tell about it; remarks are told even if the name stays. */
type Meaning = { name: string; text: string; remarks: string[] };

function readMeaning(
  token: DialectToken,
  name: string,
  word: DialectWord | null,
  label: string,
): Meaning {
  const theirs = `${label}'s ${token.text}`;
  if (word?.kind === 'MACRO') {
    const [, ours, meaning, remark] = word.row;
    const remarks = remark === undefined ? [] : [remark];
    const found = findPlaceholder(ours!);
    // Canonical names only: an alias such as {aff_sub} stands for what links do carry.
    if (remarks.length === 0 && found?.by === 'NAME') {
      const { source, isPlace } = found.placeholder;
      const carry = `the entry link has to carry ${ours}`;
      if (source === 'entry') remarks.push(`Volley looks nothing up, so ${carry}`);
      if (isPlace) remarks.push(`without a geographic database ${carry}`);
    }
    return { name: ours!, text: `${theirs} is ${meaning}, here {${ours}}`, remarks };
  }
  const entryName = word?.name ?? name;
  const text =
    word === null
      ? `${token.text} is no ${label} macro that Volley knows`
      : `${theirs} is what the entry link carries`;
  return { name: entryName, text, remarks: remarkEntryName(entryName, word !== null) };
}

/** What a name that stays means here; nothing to say when that goes without saying. */
function remarkEntryName(name: string, isKnown: boolean): string[] {
  const found = findPlaceholder(name);
  if (found === null) return isKnown ? [] : [`it is filled from the entry parameter ${name}`];
  const { placeholder, by, exact } = found;
  const isEntry = placeholder.source === 'entry';
  const isCanonicalFact = by === 'NAME' && exact && !isEntry;
  const goesWithoutSaying = isKnown ? isEntry || by === 'ALIAS' : isCanonicalFact;
  return goesWithoutSaying ? [] : [`here {${name}} is: ${placeholder.description}`];
}

/** Single braces, encoded or not, around exactly what we would write between them. */
function isOurSpelling({ text }: DialectToken, written: string): boolean {
  return text === `{${written}}` || (/^%7b/i.test(text) && text.slice(3, -3) === written);
}
