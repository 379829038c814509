/**
 * Splits a batch so that no wave holds an identity twice, keeping the order in which each identity's
 * reports came: one statement may touch an identity's head row once. Reports without an identity
 * (key null) all go into the first wave.
 */
export function splitIntoWaves<Item>(
  items: readonly Item[],
  identity: (item: Item) => string | null,
): Item[][] {
  const seen = new Map<string, number>();
  const waves: Item[][] = [];
  for (const item of items) {
    const key = identity(item);
    const wave = key === null ? 0 : (seen.get(key) ?? 0);
    if (key !== null) seen.set(key, wave + 1);
    waves[wave] ??= [];
    waves[wave].push(item);
  }
  return waves;
}
