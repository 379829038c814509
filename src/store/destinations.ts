import type { Db } from './database.ts';

/**
 * The row of a destination, made when it is new.
 * @param destination `id` is used when there is none yet
 * @returns its id
 */
export async function ensureDestination(
  db: Db,
  { id, affiliateId, origin }: { id: string; affiliateId: string; origin: string },
): Promise<string> {
  const where = { affiliateId_origin: { affiliateId, origin } };
  const known = await db.destination.findUnique({ where, select: { id: true } });
  if (known) return known.id;
  // Two saves at once: one makes it, both read it.
  await db.destination.createMany({ data: [{ id, affiliateId, origin }], skipDuplicates: true });
  return (await db.destination.findUniqueOrThrow({ where, select: { id: true } })).id;
}
