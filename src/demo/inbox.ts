/** What arrived, kept until somebody asks for it: asking before and after the arrival are the same. */
export type Inbox<Item> = {
  put(item: Item): void;
  /** The first item that matches, when it is there. */
  find(matches: (item: Item) => boolean): Promise<Item>;
  /** How many of those kept match. */
  count(matches: (item: Item) => boolean): number;
};

/** Kept at most; the demo asks for the newest only. */
const CAPACITY = 1_000;

export function createInbox<Item>(): Inbox<Item> {
  const items: Item[] = [];
  const waiting = new Set<(item: Item) => void>();
  return {
    put(item) {
      items.push(item);
      if (items.length > CAPACITY) items.shift();
      for (const look of waiting) look(item);
    },
    find(matches) {
      const found = items.find(matches);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const look = (item: Item) => {
          if (!matches(item)) return;
          waiting.delete(look);
          resolve(item);
        };
        waiting.add(look);
      });
    },
    count: (matches) => items.filter(matches).length,
  };
}
