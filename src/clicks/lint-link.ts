import { findPlaceholder } from '../pixels/placeholders.ts';
import type { EntryParameter } from './entry-url.ts';

/**
 * Tells what is probably not meant by the declared parameters of a tracking link, which are all
 * accepted: `click_id`, which is easily taken for our `clickid`, and names that mean something else, or
 * something more, in a template (domain rules 3 and 19).
 */
export function lintLinkParameters(parameters: readonly EntryParameter[]): string[] {
  return parameters.flatMap(({ name }) => lintName(name) ?? []);
}

function lintName(name: string): string | null {
  if (/^click[_.-]id$/i.test(name)) {
    return `${name} is a parameter of the affiliate: {${name}} renders it, our click id is {clickid}`;
  }
  const found = findPlaceholder(name);
  if (found === null || found.placeholder.source === 'entry') return null;
  const { placeholder, by } = found;
  // Links carry them everywhere, and few who run Volley look them up.
  if (placeholder.isPlace) return null;
  if (placeholder.orEntry) {
    return `{${name}} takes the parameter ${name} only of clicks that do not tell it; it means: ${placeholder.description}`;
  }
  if (by === 'NAME' || placeholder.moneyOrStatus) {
    return `{${name}} never takes the parameter ${name}: it means ${placeholder.description}`;
  }
  return `{${name}} takes the parameter ${name} of these clicks, not {${placeholder.name}}`;
}
