/** What a group of viewers is told of a row, made once for all of them. */
export type SharedResults<Result> = (
  row: object,
  group: string,
  make: () => Promise<Result>,
) => { result: Promise<Result>; isOwn: boolean };

/**
 * Results are found by the row itself, the one object that the hub hands to everybody: they are kept for as
 * long as somebody still holds the row, and no longer. Whoever reads the log at its own pace has rows of its
 * own, and its results too.
 */
export function createSharedResults<Result>(): SharedResults<Result> {
  const byRow = new WeakMap<object, Map<string, Promise<Result>>>();
  return (row, group, make) => {
    const made = byRow.get(row) ?? new Map<string, Promise<Result>>();
    byRow.set(row, made);
    const known = made.get(group);
    if (known) return { result: known, isOwn: false };
    const result = make();
    made.set(group, result);
    return { result, isOwn: true };
  };
}
