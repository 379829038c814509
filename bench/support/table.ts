import type { Result } from './bench.ts';

/**
 * The results of one bench as two tables in Markdown: what is judged, and all figures with a line for each of whom
 * they are. Beside a value stands the committed one of the same metric, in brackets.
 */
export function tablesOf(results: Result[], committed: Result[]): string {
  const before = new Map(committed.map((it) => [it.metric, it]));
  const judged = results.filter((it) => it.goal !== null || it.ratio !== null);
  return [judgedTable(judged, before), figureTable(figuresOf(results), before)]
    .filter(Boolean)
    .join('\n\n');
}

function judgedTable(results: Result[], before: Map<string, Result>): string {
  if (results.length === 0) return '';
  const rows = results.map((it) => {
    const old = before.get(it.metric);
    const ratio = it.ratio === null ? '' : withOld(it.ratio, old?.ratio);
    const value = `${withOld(it.value, old?.value)} ${it.unit}`.trim();
    const met = it.met === null ? '' : it.met ? 'yes' : 'NO';
    return [it.metric, value, ratio, it.against ?? '', it.goal ?? '', met];
  });
  return markdown(['', 'value', 'ratio', 'to', 'goal', 'met'], rows, new Set([1, 2]));
}

/** Figures by whose they are, and the names of their columns in the order they came. */
export type Figures = { columns: string[]; rows: [who: string, byColumn: Map<string, Result>][] };

/** `Volley, 5,000: drained` is the figure `drained` of `Volley, 5,000`. Ratios are none. */
export function figuresOf(results: Result[]): Figures {
  const parts = results
    .filter((it) => it.ratio === null)
    .map((it) => {
      const at = it.metric.lastIndexOf(': ');
      const [who, what] = [it.metric.slice(0, at), it.metric.slice(at + 2)];
      return { who, column: it.unit ? `${what}, ${it.unit}` : what, result: it };
    });
  const ofEach = [...Map.groupBy(parts, ({ who }) => who)];
  return {
    columns: [...new Set(parts.map(({ column }) => column))],
    rows: ofEach.map(([who, own]) => [who, new Map(own.map((it) => [it.column, it.result]))]),
  };
}

function figureTable({ columns, rows }: Figures, before: Map<string, Result>): string {
  const lines = rows.map(([who, byColumn]) => {
    const cells = columns.map((column) => {
      const found = byColumn.get(column);
      return found ? withOld(found.value, before.get(found.metric)?.value) : '';
    });
    return [who, ...cells];
  });
  return lines.length === 0
    ? ''
    : markdown(['', ...columns], lines, new Set(columns.keys().map((at) => at + 1)));
}

/** @param right columns of numbers */
function markdown(head: string[], rows: string[][], right: Set<number>): string {
  const widths = head.map((name, at) =>
    Math.max(3, name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const pad = (cell: string, at: number) =>
    right.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
  const line = (cells: string[]) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = widths.map((width, at) =>
    right.has(at) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function withOld(value: number, old: number | null | undefined): string {
  return old === null || old === undefined ? textOf(value) : `${textOf(value)} (${textOf(old)})`;
}

function textOf(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
}
