/** What a batch may hold: so many items, and of so much size together. */
export type BatchLimits<Item> = {
  maxItems: number;
  maxSize: number;
  /** Size of an item, in whatever unit `maxSize` is. */
  sizeOf: (item: Item) => number;
};

/** How many of the items, from `start` on, go into one batch: at least one, as nothing is cut. */
export function batchLength<Item>(
  items: readonly Item[],
  { maxItems, maxSize, sizeOf }: BatchLimits<Item>,
  start = 0,
): number {
  const most = Math.min(items.length - start, maxItems);
  let size = 0;
  for (let count = 0; count < most; count += 1) {
    size += sizeOf(items[start + count] as Item);
    if (size > maxSize) return Math.max(1, count);
  }
  return most;
}
