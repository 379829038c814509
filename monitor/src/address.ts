import { signal } from '@preact/signals';
import { type Filters, readFilters, writeFilters } from './filters.ts';

/** What the address says: filters in its query, the view behind `#`, which no server sees. */
const read = readFilters(location.search);
export const filters = signal<Filters>(read.filters);
/** What the address has that cannot be used. */
export const addressProblems = signal<string[]>(read.problems);

/** `#/` is the table, `#/postback/<id>` with its drawer, others are views of their own. */
export const route = signal<string[]>(readRoute());

addEventListener('hashchange', () => {
  route.value = readRoute();
});
addEventListener('popstate', () => {
  const { filters: next, problems } = readFilters(location.search);
  if (writeFilters(next) !== writeFilters(filters.value)) filters.value = next;
  addressProblems.value = problems;
  route.value = readRoute();
});

/** Narrows the table, and tells the address, which may be sent to a colleague. */
export function setFilters(changes: Partial<Filters>): void {
  const next = { ...filters.value, ...changes };
  addressProblems.value = [];
  history.replaceState(null, '', `${location.pathname}${writeFilters(next)}${location.hash}`);
  filters.value = next;
}

/** The address of a view, for links. */
export function hrefOf(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export function go(...parts: string[]): void {
  location.hash = hrefOf(...parts);
}

function readRoute(): string[] {
  const parts = location.hash.replace(/^#\/?/, '').split('/').filter(Boolean);
  return parts.map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}
