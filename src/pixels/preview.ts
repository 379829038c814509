import type { InputIssue } from '../platform/refusals.ts';
import { type AllowTargets, checkTargetUrl } from '../postbacks/address-policy.ts';
import { type RenderedValue, renderTemplate, type UnresolvedPolicy } from './render.ts';
import { lintTemplate, parseTemplate } from './template.ts';
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
  knownEntryNames?: string[];
};

/** Renders a template as test, fire and replay would: by the same parser and renderer. */
export function previewTemplate(options: Options): Preview {
  const { url, allow, values, knownEntryNames, ...policies } = options;
  const nothing = { url, finalUrl: null, skipReason: null, unresolved: [], values: [] };
  const reading = parseTemplate(url);
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
  const rendering = renderTemplate(reading.template, values, policies);
  if (rendering.kind === 'skipped') {
    const { reason, names, values } = rendering;
    return { ...nothing, skipReason: reason, unresolved: names, values, warnings, issues };
  }
  const { finalUrl, unresolved } = rendering;
  return { ...nothing, finalUrl, unresolved, values: rendering.values, warnings, issues };
}
