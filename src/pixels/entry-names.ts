import type { EntryParameter } from '../clicks/entry-url.ts';
import type { Db } from '../store/database.ts';

/** Clicks looked at when a pixel is checked against what the affiliate really sends (product: Meaning). */
const RECENT_CLICKS = 100;

/** The parameter names that an affiliate's tracking links declare or its last clicks carried. */
export async function loadEntryNames(db: Db, affiliateId: string): Promise<string[]> {
  const where = { affiliateId };
  const select = { parameters: true } as const;
  const [links, clicks] = await Promise.all([
    db.trackingLink.findMany({ where, select }),
    db.click.findMany({ where, select, orderBy: { id: 'desc' }, take: RECENT_CLICKS }),
  ]);
  const names = [...links, ...clicks].flatMap(({ parameters }) =>
    (parameters as EntryParameter[]).map(({ name }) => name),
  );
  return [...new Set(names)];
}
