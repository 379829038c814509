import type { InputIssue } from '../platform/refusals.ts';
import type { AllowTargets, IsOwnEcho } from '../postbacks/address-policy.ts';
import { type PostbackRendering, renderCall } from '../postbacks/render-postback.ts';
import { lintTemplate } from './lint-template.ts';
import { findUnpermitted, type Granted } from './permissions.ts';
import { findPixelIssues, PIXEL_DEFAULTS, type PixelInput } from './pixel-input.ts';
import { findPlaceholder } from './placeholders.ts';
import type { RenderedValue } from './render.ts';
import { type BodyTemplate, parseBody, type RenderedBody } from './render-body.ts';
import { SAMPLE_SECRET } from './secrets.ts';
import { parseTemplate, type Template } from './template.ts';
import type { PlaceholderValues } from './values.ts';

/** What is called of a pixel that may not be saved yet. Its own secret is not used: a sample signs. */
export type DraftTemplate = Pick<
  PixelInput,
  'url' | 'method' | 'body' | 'unresolved' | 'required' | 'signed'
>;

/** What a draft would make of some values. Nothing is sent or logged. */
export type Preview = {
  url: string;
  /** Null when the draft is refused, or nothing would be sent. */
  finalUrl: string | null;
  body: Pick<RenderedBody, 'text' | 'contentType'> | null;
  /** Why nothing would be sent, for an accepted draft. */
  skipReason: string | null;
  unresolved: string[];
  values: RenderedValue[];
  warnings: string[];
};

/**
 * Renders a draft as test, fire and replay would: by the same parser and renderer.
 * @param values null for a draft that may not be rendered
 */
export function previewTemplate(
  draft: DraftTemplate,
  values: PlaceholderValues | null,
  knownEntryNames?: string[],
): Preview {
  const { url } = draft;
  const warnings = lintDraft(draft, knownEntryNames);
  const nothing = { url, finalUrl: null, body: null, skipReason: null, warnings };
  const rendering = values && renderDraft(draft, values);
  if (rendering === null) return { ...nothing, unresolved: [], values: [] };
  if (rendering.kind === 'skipped') {
    const { reason, names } = rendering;
    return { ...nothing, skipReason: reason, unresolved: names, values: rendering.values };
  }
  const { finalUrl, body, unresolved } = rendering;
  return { ...nothing, finalUrl, body, unresolved, values: rendering.values };
}

/** What a draft makes of some values; null when its URL or its body is refused. */
export function renderDraft(
  draft: DraftTemplate,
  values: PlaceholderValues,
): PostbackRendering | null {
  const templates = readDraft(draft);
  const secret = draft.signed ? SAMPLE_SECRET : null;
  return templates && renderCall(templates, values, { ...draft, secret });
}

/** Why a draft would be refused, as far as URL, method and body go, and what is probably not meant. */
export function checkDraft(
  draft: DraftTemplate,
  {
    allow,
    isOwnEcho,
    granted,
    knownEntryNames,
  }: {
    allow: AllowTargets;
    isOwnEcho?: IsOwnEcho;
    granted: Granted;
    knownEntryNames?: string[] | undefined;
  },
): { issues: InputIssue[]; warnings: string[] } {
  const pixel = { ...PIXEL_DEFAULTS, triggerEvent: '', ...draft };
  return {
    issues: [...findPixelIssues(pixel, allow, isOwnEcho), ...findUnpermitted(draft, granted)],
    warnings: lintDraft(draft, knownEntryNames),
  };
}

function readDraft({ url, method, body, signed }: DraftTemplate) {
  // Of a POST the body may hold the placeholders; that one of the two does is an issue, no fault here.
  const reading = parseTemplate(url, { hasSecret: signed, mayBeStatic: method === 'POST' });
  // A GET carries none, which is an issue of its own.
  const sent = method === 'POST' ? body : null;
  const inBody = sent === null ? null : parseBody(sent, { hasSecret: signed });
  if (!reading.ok || inBody?.ok === false) return null;
  return { url: reading.template, body: inBody?.template ?? null };
}

function lintDraft(draft: DraftTemplate, knownEntryNames?: string[]): string[] {
  const templates = readDraft(draft);
  if (templates === null) return [];
  const { url, body } = templates;
  const { required, signed } = draft;
  const warnings = lintTemplate(url, { knownEntryNames, body, required, signed });
  if (draft.signed && (usesSecret(url) || (body && usesSecret(body)))) {
    warnings.push('signatures are computed with a sample secret: those of a real call differ');
  }
  return warnings;
}

function usesSecret({ placeholders }: Pick<Template | BodyTemplate, 'placeholders'>): boolean {
  return placeholders.some(({ name, modifiers }) => {
    const isSignature = findPlaceholder(name)?.placeholder.name === 'sig';
    return isSignature || modifiers.some((modifier) => modifier.name === 'hmac');
  });
}
