const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The instant a text names; null without an offset, for a day that no calendar has, and outside years 1 to 9999. */
export function parseInstant(text: string): Date | null {
  const day = INSTANT.exec(text)?.[1];
  const instant = new Date(text);
  // JavaScript reads February 30 as March 2.
  if (!day || Number.isNaN(instant.getTime()) || !new Date(day).toISOString().startsWith(day)) {
    return null;
  }
  const year = instant.getUTCFullYear();
  return year >= 1 && year <= 9999 ? instant : null;
}
