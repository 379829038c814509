import { percentDecode } from '../clicks/raw-query.ts';
import type { DialectWords } from './dialect-words.ts';

/** A macro as written in a template of another system. */
export type DialectToken = {
  /** With its delimiters, as it stands in the template. */
  text: string;
  offset: number;
  name: string;
  /** What follows the name after a colon: `{date:Y-m-d}`. */
  argument: string | null;
};

// Each pattern has a second form, for templates that went through a tool which encodes braces or
// hashes. `{x|...}` has our modifiers and is left alone, so is `{x}` between further braces.
const PATTERNS: Readonly<Record<DialectWords['delimiter'], RegExp>> = {
  BRACES: /(?<!\{)\{([^{}|]*)\}(?!\})|(?<!%7B)%7B((?:(?!%7[BCD])[^{}|&#?])*)%7D(?!%7D)/gi,
  DOUBLE_BRACES: /\{\{([^{}|]*)\}\}|%7B%7B((?:(?!%7[BCD])[^{}|&#/?])*)%7D%7D/gi,
  HASHES: /#([A-Za-z]\w*)#|%23([A-Za-z]\w*)%23/gi,
};

const NAME_AND_ARGUMENT = /^\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?::(.*))?$/s;

/** Finds the macros written with the given delimiter, in order. What reads as no name is skipped. */
export function findDialectTokens(
  url: string,
  delimiter: DialectWords['delimiter'],
): DialectToken[] {
  return [...url.matchAll(PATTERNS[delimiter])].flatMap((match) => {
    const written = NAME_AND_ARGUMENT.exec(percentDecode(match[1] ?? match[2] ?? ''));
    if (written === null) return [];
    const [, name = '', argument] = written;
    return [{ text: match[0], offset: match.index, name, argument: argument?.trim() ?? null }];
  });
}
