import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('docs/security.md numbers its lines, and names only tests that exist', () => {
  const page = readFileSync('docs/security.md', 'utf8');
  const numbers = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  const missing: string[] = [];
  let source = '';
  for (const [, path, title] of page.matchAll(/`(\w+\/[\w/.-]+\.test\.ts)`|“([^”]+)”/g)) {
    const file = path && `test/${path}`;
    if (file) source = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (path && source === '') missing.push(path);
    if (title && !QUOTED.includes(title) && !source.includes(title)) missing.push(title);
  }

  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => at + 1));
  expect(numbers.length).toBeGreaterThan(30);
  expect(missing).toEqual([]);
});

test('every line of it names a test, or says that there is nothing to test', () => {
  const page = readFileSync('docs/security.md', 'utf8');
  const lines = page.split('\n').filter((line) => /^\| \d+ \|/.test(line));

  const bare = lines.filter((line) => !/`\w+\/[\w/.-]+\.test\.ts`|nothing to test/.test(line));

  expect(bare).toEqual([]);
});

/** Words in quotation marks that are no titles. */
const QUOTED = ['Did you mean', 'Unexpected error.'];
