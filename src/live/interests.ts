/** Which rows a viewer is to be handed. */
export type Interest<Row> = {
  matches: (row: Row) => boolean;
  /** Whoever has the same text wants the same rows: they are tried once for all of them. */
  group?: string;
  /** Each row of interest has one of these keys, see `keysOf`; null: any row may be of interest. */
  keys?: readonly string[] | null;
};

/** Who wants what, found by what a row is. */
export type Interests<Row, Reader> = {
  /** Answers how it ends. */
  add(interest: Interest<Row>, reader: Reader): () => void;
  /** Everyone who wants the row. */
  readersOf(row: Row): Iterable<Reader>;
};

type Group<Row, Reader> = { matches: (row: Row) => boolean; readers: Set<Reader> };

/** The key under which groups stand that may want any row. */
const ANY = '';

/**
 * An index of interests: a row is tried against the groups that stand under one of its keys and against those
 * that want any, however many viewers watch others.
 * @param keysOf the keys of a row, each once; none is empty
 */
export function createInterests<Row, Reader>(
  keysOf: (row: Row) => readonly string[],
): Interests<Row, Reader> {
  const groups = new Map<unknown, Group<Row, Reader>>();
  const byKey = new Map<string, Set<Group<Row, Reader>>>();

  function find(name: unknown, { matches, keys }: Interest<Row>): Group<Row, Reader> {
    const known = groups.get(name);
    if (known) return known;
    const group = { matches, readers: new Set<Reader>() };
    groups.set(name, group);
    for (const key of keys ?? [ANY]) {
      const there = byKey.get(key);
      if (there) there.add(group);
      else byKey.set(key, new Set([group]));
    }
    return group;
  }

  function forget(name: unknown, group: Group<Row, Reader>, keys: readonly string[]): void {
    groups.delete(name);
    for (const key of keys) {
      const there = byKey.get(key);
      there?.delete(group);
      if (there?.size === 0) byKey.delete(key);
    }
  }

  return {
    add(interest, reader) {
      const name = interest.group ?? reader;
      const group = find(name, interest);
      group.readers.add(reader);
      return () => {
        // Once: by the second time another group may have the name.
        if (!group.readers.delete(reader)) return;
        if (group.readers.size === 0) forget(name, group, interest.keys ?? [ANY]);
      };
    },
    *readersOf(row) {
      // A group that stands under several keys is tried once per row: two of its keys may be the row's.
      const tried = new Set<Group<Row, Reader>>();
      for (const key of [ANY, ...keysOf(row)]) {
        for (const group of byKey.get(key) ?? []) {
          if (tried.has(group)) continue;
          tried.add(group);
          if (group.matches(row)) yield* group.readers;
        }
      }
    },
  };
}
