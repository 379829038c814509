import { LRUCache } from 'lru-cache';

/**
 * A SELECT of Prisma that names its rows by id: the page of ids that was found before, a parent, a node. No statistics
 * can make the plan of such a statement wrong, so it may be kept.
 */
const BY_ID = /^SELECT .* WHERE \(*"public"\."(\w+)"\."id" (=|IN) /;

/** A connection keeps some 30 kB for each, and there are ten of them. */
const MAX_NAMES = 200;
/** Who asks once, with 17 ids, is not asked for again. */
const WORTH_A_NAME = 3;

/**
 * Names for statements that are asked for again and again: PostgreSQL plans one that has a name once for each
 * connection, and one without each time. A name is of one text for good, as a connection runs what it first
 * heard under it; when there are no more names, the others stay without.
 * @returns the name of a statement, empty for one without
 */
export function createStatementNames(maxNames = MAX_NAMES): (sql: string) => string {
  const names = new Map<string, string>();
  const asked = new LRUCache<string, number>({ max: 1_000 });
  return (sql) => {
    const known = names.get(sql);
    if (known !== undefined || names.size === maxNames) return known ?? '';
    const times = (asked.get(sql) ?? 0) + 1;
    asked.set(sql, times);
    if (times < WORTH_A_NAME || !BY_ID.test(sql)) return '';
    const name = `prisma-${names.size + 1}`;
    names.set(sql, name);
    return name;
  };
}
