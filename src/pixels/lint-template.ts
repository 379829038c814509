import { findPlaceholder, PLACEHOLDERS, suggestName } from './placeholders.ts';
import type { Template } from './template.ts';
import type { PlaceholderToken } from './tokens.ts';

/** What a template is read with. */
export type LintFacts = {
  /** What the affiliate's links and recent clicks carry; without it, nothing is said of that. */
  knownEntryNames?: readonly string[] | undefined;
  /** Placeholders of the body of a POST. */
  bodyPlaceholders?: readonly PlaceholderToken[];
};

/**
 * Tells what is probably not meant in a template that is accepted: unknown names with a guess, names
 * no tracking link or recent click carries, aliases and odd letter case with the canonical name, names
 * that clash with an entry parameter, a second `?`, and a plain http target.
 */
export function lintTemplate(
  template: Template,
  { knownEntryNames, bodyPlaceholders = [] }: LintFacts = {},
): string[] {
  const used = [...template.placeholders, ...bodyPlaceholders];
  const names = new Set(used.map(({ name }) => name));
  const warnings = [
    ...template.notices,
    ...[...names].flatMap((name) => lintName(name, knownEntryNames)),
  ];
  if (hasQuestionMark(template)) {
    warnings.push('a second "?" is part of a value; parameters are joined by "&"');
  }
  if (/^http:/i.test(template.url)) {
    warnings.push('the target is http: ids and amounts travel unencrypted; use https if it can');
  }
  return warnings;
}

function hasQuestionMark({ pairs }: Template): boolean {
  const tokens = pairs?.flat() ?? [];
  return tokens.some((token) => token.kind === 'text' && token.text.includes('?'));
}

function lintName(name: string, known: readonly string[] | undefined): string[] {
  const found = findPlaceholder(name);
  const isCarried = known?.includes(name) ?? false;
  const nobody = "none of the affiliate's tracking links or last 100 clicks carries";
  if (found === null) {
    if (isCarried) return [];
    const names = PLACEHOLDERS.flatMap((placeholder) => [placeholder.name, ...placeholder.aliases]);
    const guess = suggestName(name, [...(known ?? []), ...names]);
    const start = `unknown placeholder {${name}}: it is filled from the entry parameter ${name}`;
    const evidence = known === undefined ? '' : `, which ${nobody}`;
    return [`${start}${evidence}${guess === null ? '' : `; did you mean {${guess}}?`}`];
  }

  const { placeholder, by, exact } = found;
  const { name: canonical, source, description } = placeholder;
  const yields = source === 'entry' || (by === 'ALIAS' && !placeholder.moneyOrStatus);
  if (isCarried && yields) {
    if (source === 'entry') return [];
    return [
      `{${name}} takes the entry parameter ${name} of clicks that carry it, not {${canonical}}`,
    ];
  }
  const warnings: string[] = [];
  if (by === 'ALIAS') {
    const unless = yields ? `, unless the click carries ${name}` : '';
    warnings.push(`{${name}} is another name of {${canonical}}${unless}; prefer {${canonical}}`);
  } else if (!exact) {
    warnings.push(`{${name}} is read as {${canonical}}; prefer that letter case`);
  }
  if (isCarried) {
    const taken = placeholder.orEntry
      ? 'takes the entry parameter only of clicks that do not tell it'
      : `never takes the entry parameter ${name}`;
    warnings.push(`{${name}} ${taken}; it means: ${description}`);
  }
  if (source === 'entry' && known !== undefined && !known.includes(canonical)) {
    warnings.push(`{${name}} needs the entry parameter ${canonical}, which ${nobody}`);
  }
  return warnings;
}
