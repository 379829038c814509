import type { Result } from './bench.ts';
import { figuresOf, tablesOf } from './table.ts';

/** What stands in `bench/results` of one bench. */
export type Committed = { name: string; isQuick: boolean; results: Result[] };

/** Everything behind this line of the page is written by the program. */
const HEADING = '## Committed results\n';

/** The page with committed results as a plot and tables for each bench, in the place of those it had. */
export function withCommitted(page: string, committed: Committed[]): string {
  const [before = ''] = page.split(HEADING);
  const sections = committed.map(({ name, isQuick, results }) => {
    const title = `### ${name}${isQuick ? ' (quick)' : ''}`;
    return [title, plotOf(results), tablesOf(results, [])].filter(Boolean).join('\n\n');
  });
  return `${before}${HEADING}\n${INTRODUCTION}\n\n${sections.join('\n\n')}\n`;
}

const INTRODUCTION = `Written by \`--keep\`, of a machine with two cores whose speed moves by a third from hour to hour. A goal that is not met says so, and
[docs/performance.md](../docs/performance.md) says why.`;

/** The first figure that three or more have, as bars. */
function plotOf(results: Result[]): string {
  const { columns, rows } = figuresOf(results);
  for (const column of columns) {
    const bars = rows.flatMap(([who, figures]) => {
      const found = figures.get(column);
      return found ? [{ who, value: found.value }] : [];
    });
    if (bars.length < 3) continue;
    return [
      ...['```mermaid', 'xychart-beta horizontal', `  title "${column}"`],
      `  x-axis [${bars.map(({ who }) => `"${who.replaceAll('"', '')}"`).join(', ')}]`,
      `  bar [${bars.map(({ value }) => value).join(', ')}]`,
      '```',
    ].join('\n');
  }
  return '';
}
