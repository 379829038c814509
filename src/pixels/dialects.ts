import { CAKE, EVERFLOW, IMPACT, SMARTICO, TUNE } from './dialect-networks.ts';
import { KEITARO, VOLUUM } from './dialect-trackers.ts';
import type { Dialect, DialectWords, MacroRow } from './dialect-words.ts';

export const DIALECTS: Readonly<Record<Dialect, DialectWords>> = {
  CAKE,
  EVERFLOW,
  IMPACT,
  KEITARO,
  SMARTICO,
  TUNE,
  VOLUUM,
};

/** A macro found by name: a row of the table, or a name the affiliate's links carry. */
export type DialectWord =
  | { kind: 'MACRO'; row: MacroRow; exact: boolean }
  | { kind: 'ENTRY'; name: string; exact: boolean };

const WORDS: ReadonlyMap<string, DialectWord> = new Map(
  Object.entries(DIALECTS).flatMap(([dialect, { macros, entryNames }]) => [
    ...entryNames.map((name): [string, DialectWord] => {
      return [wordKey(dialect, name), { kind: 'ENTRY', name, exact: true }];
    }),
    ...macros.map((row): [string, DialectWord] => {
      return [wordKey(dialect, row[0]), { kind: 'MACRO', row, exact: true }];
    }),
  ]),
);

/**
 * Finds a macro of a dialect, null for a name that is not known there. Letter case does not count, as
 * a pasted template should be mended; `exact` says whether it was right.
 */
export function findDialectWord(dialect: Dialect, name: string): DialectWord | null {
  const word = WORDS.get(wordKey(dialect, name));
  if (word === undefined) return null;
  const written = word.kind === 'ENTRY' ? word.name : word.row[0];
  return { ...word, exact: written === name };
}

function wordKey(dialect: string, name: string): string {
  return `${dialect} ${name.toLowerCase()}`;
}
