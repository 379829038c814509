import type { PixelInput } from './pixel-input.ts';

/** One setting that a version changed; null for none. */
export type PixelChange = { field: string; before: string | null; after: string | null };

/** A pixel as it is compared: its campaigns by their public codes. */
export type ComparedPixel = Omit<PixelInput, 'campaignIds'> & { campaigns: string[] };

/** The order in which changes are told: what is called first, then when, then how. */
const FIELDS: (keyof ComparedPixel)[] = [
  'url',
  'method',
  'body',
  'triggerEvent',
  'statuses',
  'scope',
  'campaigns',
  'includeSubPartners',
  'maxClickAgeSeconds',
  'unresolved',
  'required',
  'maxAttempts',
  'maxPerSecond',
  'signed',
];

/** What a save changes, setting by setting; lists are compared without regard to order. */
export function diffPixel(before: ComparedPixel, after: ComparedPixel): PixelChange[] {
  return FIELDS.flatMap((field) => {
    const [old, now] = [toText(before[field]), toText(after[field])];
    return old === now ? [] : [{ field, before: old, after: now }];
  });
}

function toText(value: ComparedPixel[keyof ComparedPixel]): string | null {
  if (value === null) return null;
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? null : value.toSorted().join(', ');
}
