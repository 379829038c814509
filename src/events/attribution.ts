import { isClickId } from '../platform/ids.ts';

/** Why an event belongs to no click. */
export type Unattributed = 'CLICK_MISSING' | 'CLICK_MALFORMED' | 'CLICK_UNKNOWN';

/**
 * Says why an event belongs to no click, or null when its click was found. CLICK_UNKNOWN may still
 * change: a well-formed click id whose click arrives within 24 h is attributed then.
 */
export function explainUnattributed(clickId: string, found: boolean): Unattributed | null {
  if (found) return null;
  if (clickId === '') return 'CLICK_MISSING';
  return isClickId(clickId) ? 'CLICK_UNKNOWN' : 'CLICK_MALFORMED';
}
