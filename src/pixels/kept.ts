import { applyModifiers } from './modifiers.ts';
import { findPlaceholder } from './placeholders.ts';
import type { RenderedValue, RenderOptions } from './render.ts';
import type { PlaceholderToken } from './tokens.ts';
import type { PlaceholderValues } from './values.ts';

/** What a placeholder stands for; `text` is after its modifiers, null when there is none. */
export type FoundValue = Pick<RenderedValue, 'source' | 'raw'> & { text: string | null };

/**
 * A value of a call that may be another one by the time somebody asks where it came from: the
 * placeholder as written, the source, the value, and the text after its modifiers.
 */
export type KeptValue = readonly [
  written: string,
  source: RenderedValue['source'],
  raw: string,
  text: string | null,
];

/**
 * Names that are edited, a signature whose secret ends, and what a later version of a library reads
 * otherwise. All other facts stay what they are.
 */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  ...['campaign_name', 'offer_name', 'sig', 'device_type', 'os', 'browser'],
]);

/** Finds what a placeholder stands for: what an earlier rendering kept goes first. */
export function findValue(
  { name, modifiers, written }: PlaceholderToken,
  values: PlaceholderValues,
  { secret = null, kept }: Pick<RenderOptions, 'secret' | 'kept'>,
): FoundValue {
  const then = kept?.find((value) => value[0] === written);
  if (then) return { source: then[1], raw: then[2], text: then[3] };
  const value = values(name);
  const raw = value?.raw ?? null;
  const text = applyModifiers(raw, modifiers, secret);
  return { source: !raw && text ? 'default' : (value?.source ?? null), raw, text };
}

/** Those of the values that a later rendering could not find out any more, each once. */
export function keepValues(
  placeholders: readonly PlaceholderToken[],
  found: ReadonlyMap<string, FoundValue>,
): KeptValue[] {
  const kept = new Map<string, KeptValue>();
  for (const token of placeholders) {
    const { source, raw, text } = found.get(token.written)!;
    if (raw === null || !mayChange(token)) continue;
    kept.set(token.written, [token.written, source, raw, text]);
  }
  return [...kept.values()];
}

function mayChange({ name, modifiers }: PlaceholderToken): boolean {
  const canonical = findPlaceholder(name)?.placeholder.name ?? '';
  return MAY_CHANGE.has(canonical) || modifiers.some((modifier) => modifier.name === 'hmac');
}
