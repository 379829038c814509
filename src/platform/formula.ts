/** What spreadsheets skip, or strip, before they look whether a cell is a formula. */
const SKIPPED = /^[\s"'`\p{C}]+/u;
const STARTS = ['=', '+', '-', '@', '\u2212'];

/**
 * Makes a cell of a CSV that a spreadsheet would run as a formula into text, by a `'` before it: also
 * when the sign is full-width or small, or stands behind spaces or quotes. For texts that others may
 * have typed; a number that we wrote keeps its sign.
 */
export function defuseFormula(cell: string): string {
  if (/^[\t\r\n]/.test(cell)) return `'${cell}`;
  // Compatibility forms of the signs, such as the full-width ones, become the signs themselves.
  const sign = cell.replace(SKIPPED, '').charAt(0).normalize('NFKC');
  return STARTS.includes(sign) ? `'${cell}` : cell;
}
