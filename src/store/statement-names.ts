import { LRUCache } from 'lru-cache';

/**
 * A SELECT of Prisma whose rows are among some ids: a page that was found before, parents, a node. What it costs hangs on how many
 * those are, not on what PostgreSQL believes of the table, so a plan of it may be kept.
 */
const BY_ID = /^SELECT .* WHERE \(*"public"\."\w+"\."id" (=|IN) (?!.* OR )/;

/** How long a connection lives that Prisma's statements go to: with it goes what PostgreSQL keeps of those that nobody sends any more. */
export const CONNECTION_LIFE_MS = 10 * 60_000;

/** A page of 100 with all columns of the largest table has half of it. A longer list of ids has a plan of its own size. */
const MAX_LENGTH = 4_000;
/** A connection keeps some 30 kB for each, and there are ten of them. */
const MAX_NAMES = 200;
/** Who asks once, with 17 ids, is not asked for again. */
const WORTH_A_NAME = 3;

/**
 * Names for statements that are asked for again and again: PostgreSQL plans one that has a name once for each
 * connection, and one without each time. A name is of one text for good, as a connection runs what it first
 * heard under it. When there are no more of them, all are given anew as soon as no connection knows the old ones.
 * @param now milliseconds of a clock that only goes forward
 * @returns the name of a statement, empty for one without
 */
export function createStatementNames(
  now = () => performance.now(),
  maxNames = MAX_NAMES,
): (sql: string) => string {
  const names = new Map<string, string>();
  const asked = new LRUCache<string, number>({ max: 1_000 });
  let given = 0;
  let sinceMs = now();

  return (sql) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (sql.length > MAX_LENGTH || !BY_ID.test(sql)) return '';
    if (names.size === maxNames) {
      if (now() - sinceMs < CONNECTION_LIFE_MS) return '';
      names.clear();
      sinceMs = now();
    }
    const times = (asked.get(sql) ?? 0) + 1;
    asked.set(sql, times);
    if (times < WORTH_A_NAME) return '';
    given += 1;
    const name = `prisma-${given}`;
    names.set(sql, name);
    return name;
  };
}
