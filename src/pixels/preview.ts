import type { InputIssue } from '../platform/refusals.ts';
import { type AllowTargets, checkTargetUrl } from '../postbacks/address-policy.ts';
import { findPlaceholder } from './placeholders.ts';
import { type RenderedValue, renderTemplate, type UnresolvedPolicy } from './render.ts';
import { SAMPLE_SECRET } from './secrets.ts';
import { lintTemplate, parseTemplate, type Template } from './template.ts';
import type { PlaceholderValues } from './values.ts';

/** What a template would make of some values. Nothing is sent or logged. */
export type Preview = {
  url: string;
  /** Null when the template is refused, or nothing would be sent. */
  finalUrl: string | null;
  /** Why nothing would be sent, for an accepted template. */
  skipReason: string | null;
  unresolved: string[];
  values: RenderedValue[];
  warnings: string[];
  /** Why the template would be refused; empty when it can be saved. */
  issues: InputIssue[];
};

type Options = {
  url: string;
  unresolved: UnresolvedPolicy;
  required: string[];
  values: PlaceholderValues;
  allow: AllowTargets;
  /** Whether the pixel has a secret. Its own is not used: a sample signs. */
  signed: boolean;
  knownEntryNames?: string[];
};

/** Renders a template as test, fire and replay would: by the same parser and renderer. */
export function previewTemplate(options: Options): Preview {
  const { url, allow, values, signed, knownEntryNames, ...policies } = options;
  const nothing = { url, finalUrl: null, skipReason: null, unresolved: [], values: [] };
  const reading = parseTemplate(url, { hasSecret: signed });
  if (!reading.ok) {
    const issues = reading.refusals.map(({ message, fix }) => ({
      path: ['url'],
      message: fix ? `${message}; try ${fix}` : message,
    }));
    return { ...nothing, warnings: [], issues };
  }
  const refusal = checkTargetUrl(url, allow);
  const issues = refusal ? [{ path: ['url'], message: refusal.message }] : [];
  const warnings = lintTemplate(reading.template, { knownEntryNames });
  if (signed && usesSecret(reading.template)) {
    warnings.push('signatures are computed with a sample secret: those of a real call differ');
  }
  const secret = signed ? SAMPLE_SECRET : null;
  const rendering = renderTemplate(reading.template, values, { ...policies, secret });
  if (rendering.kind === 'skipped') {
    const { reason, names, values } = rendering;
    return { ...nothing, skipReason: reason, unresolved: names, values, warnings, issues };
  }
  const { finalUrl, unresolved } = rendering;
  return { ...nothing, finalUrl, unresolved, values: rendering.values, warnings, issues };
}

function usesSecret({ placeholders }: Template): boolean {
  return placeholders.some(({ name, modifiers }) => {
    const isSignature = findPlaceholder(name)?.placeholder.name === 'sig';
    return isSignature || modifiers.some((modifier) => modifier.name === 'hmac');
  });
}
