import { findPlaceholder, PLACEHOLDERS, suggestName } from './placeholders.ts';
import type { BodyTemplate } from './render-body.ts';
import type { Template } from './template.ts';

/** What a template is read with. */
export type LintFacts = {
  /** What the affiliate's links and recent clicks carry; without it, nothing is said of that. */
  knownEntryNames?: readonly string[] | undefined;
  /** The body of a POST. */
  body?: Pick<BodyTemplate, 'placeholders' | 'notices'> | null;
  /** Names that must have a value. */
  required?: readonly string[];
  /** Whether `{sig}` has a value; left out, nothing is said of that. */
  signed?: boolean;
};

/**
 * Tells what is probably not meant in a template that is accepted: unknown names with a guess, names
 * no tracking link or recent click carries, aliases and odd letter case with the canonical name, names
 * that clash with an entry parameter, a second `?`, and a plain http target. The names of `required` are
 * read in the same way, as one that is misspelt skips every postback.
 */
export function lintTemplate(
  template: Template,
  { knownEntryNames, body, required = [], signed }: LintFacts = {},
): string[] {
  const used = [...template.placeholders, ...(body?.placeholders ?? [])];
  const names = new Set(used.map(({ name }) => name));
  const onlyRequired = new Set(required).difference(names);
  const warnings = [
    ...template.notices,
    ...(body?.notices.map((notice) => `body: ${notice}`) ?? []),
    ...[...names].flatMap((name) => lintName(name, knownEntryNames)),
    ...[...names].flatMap((name) => (signed === false ? lintUnsigned(name) : [])),
    ...[...onlyRequired].flatMap((name) => lintRequired(name, knownEntryNames)),
  ];
  if (hasQuestionMark(template)) {
    warnings.push('a second "?" is part of a value; parameters are joined by "&"');
  }
  if (/^http:/i.test(template.url)) {
    warnings.push('the target is http: ids and amounts travel unencrypted; use https if it can');
  }
  return warnings;
}

/** `{sig}` itself is refused without a secret; its alias may be the name of an entry parameter. */
function lintUnsigned(name: string): string[] {
  if (!isSignature(name)) return [];
  return [
    `{${name}} has no value without signed: true, unless the click carries a parameter ${name}`,
  ];
}

function lintRequired(name: string, known: readonly string[] | undefined): string[] {
  const warnings = isSignature(name)
    ? [`{${name}} has a value only where the template uses it: every postback is SKIPPED`]
    : lintName(name, known);
  return warnings.map((warning) => `required: ${warning}`);
}

function isSignature(name: string): boolean {
  return findPlaceholder(name)?.placeholder.name === 'sig';
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
  if (known !== undefined && !known.includes(canonical)) {
    const needs = `the entry parameter ${canonical}, which ${nobody}`;
    if (source === 'entry') warnings.push(`{${name}} needs ${needs}`);
    if (placeholder.isPlace) warnings.push(`{${name}} needs a geographic database or ${needs}`);
  }
  return warnings;
}
