import type { Result } from './bench.ts';

const HEAD = ['', 'value', 'unit', 'ratio', 'against', 'goal', 'met', 'committed'];
/** Numbers, which stand at the right. */
const RIGHT = new Set([1, 3, 7]);

/** The results of one bench as a table in Markdown, beside what is committed of the same metrics. */
export function tableOf(results: Result[], committed: Result[]): string {
  const before = new Map(committed.map((it) => [it.metric, it]));
  const rows = results.map((it) => [
    it.metric,
    numberOf(it.value),
    it.unit,
    it.ratio === null ? '' : numberOf(it.ratio),
    it.against ?? '',
    it.goal ?? '',
    it.met === null ? '' : it.met ? 'yes' : 'NO',
    beforeOf(before.get(it.metric)),
  ]);
  const widths = HEAD.map((head, at) =>
    Math.max(3, head.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, at) => (RIGHT.has(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`;
  const rule = widths.map(
    (width, at) => `${'-'.repeat(RIGHT.has(at) ? width - 1 : width)}${RIGHT.has(at) ? ':' : ''}`,
  );
  return [line(HEAD), line(rule), ...rows.map(line)].join('\n');
}

/** The committed value, and its ratio where that is what counts: absolute figures move with the machine. */
function beforeOf(result: Result | undefined): string {
  if (!result) return '';
  const value = numberOf(result.value);
  return result.ratio === null ? value : `${value} (${numberOf(result.ratio)})`;
}

function numberOf(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
}
