/** Which rows of a long list are drawn: those in sight, and some around. */
export type Span = { from: number; to: number };

const AROUND = 8;

/** @param scrollTop px above what is in sight; @param height px in sight */
export function spanOf(size: number, rowHeight: number, scrollTop: number, height: number): Span {
  const first = Math.floor(scrollTop / rowHeight) - AROUND;
  const last = Math.ceil((scrollTop + height) / rowHeight) + AROUND;
  const to = Math.min(size, Math.max(0, last));
  return { from: Math.max(0, Math.min(first, to)), to };
}

/** Where to scroll so that a row is in sight; the same place when it is already. */
export function scrollTo(index: number, rowHeight: number, scrollTop: number, height: number) {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}
