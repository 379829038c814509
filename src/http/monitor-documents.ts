import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the built monitor page asks, word for word; nothing without a build. */
export function readMonitorDocuments(dist: string): ReadonlySet<string> {
  const file = join(dist, 'documents.json');
  if (!existsSync(file)) return new Set();
  return new Set(Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>));
}
