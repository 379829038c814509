/** A text for Prisma's `contains`, which is LIKE: `%`, `_` and the backslash stand for themselves. */
export function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
