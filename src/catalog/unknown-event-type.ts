import { suggestName } from '../pixels/placeholders.ts';

/** How many codes are shown when none is near. */
const SHOWN = 10;

/** What to say of a code that no event type has: a guess at what was meant, else what there is. */
export function tellUnknownEventType(code: string, known: readonly string[]): string {
  const guess = suggestName(code, known);
  const some = known.slice(0, SHOWN).join(', ');
  const hint = guess === null ? `there are ${some}` : `did you mean ${guess}?`;
  const more = 'the query eventTypes lists them all, createEventType makes new ones';
  return `no event type has the code "${code}", which has to match exactly; ${hint}${guess === null && known.length > SHOWN ? ' and more' : ''} (${more})`;
}
