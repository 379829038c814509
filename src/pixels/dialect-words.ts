/** The systems whose postback templates can be pasted. */
export type Dialect = 'CAKE' | 'EVERFLOW' | 'IMPACT' | 'KEITARO' | 'SMARTICO' | 'TUNE' | 'VOLUUM';

/**
 * One macro of a dialect: its name there, our name for the same value (null when we have none), what
 * it is, and what the author should know although the macro is translated.
 */
export type MacroRow = readonly [
  theirs: string,
  ours: string | null,
  meaning: string,
  remark?: string,
];

export type DialectWords = {
  label: string;
  /** How a macro is written: `{x}`, `{{x}}` or `#x#`. */
  delimiter: 'BRACES' | 'DOUBLE_BRACES' | 'HASHES';
  macros: readonly MacroRow[];
  /** What the affiliate puts on the link under that very name and gets back. */
  entryNames: readonly string[];
};

// Names are case-sensitive at most of these vendors and stand here as they print them. Only what was
// read somewhere is listed, so a missing name means "not known", never "does not exist".

/** Names such as `sub1` to `sub10`. */
export function numbered(stem: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${stem}${from + index}`);
}
