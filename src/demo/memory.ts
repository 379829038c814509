import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one run tells the next one on the same data directory. */
export type Memory = { receiverPort: number; integrationId: string | null };

export function recall(dataDir: string): Memory {
  const nothing = { receiverPort: 0, integrationId: null };
  try {
    return { ...nothing, ...JSON.parse(readFileSync(memoryFile(dataDir), 'utf8')) };
  } catch {
    return nothing;
  }
}

export function remember(dataDir: string, memory: Memory): void {
  writeFileSync(memoryFile(dataDir), `${JSON.stringify(memory)}\n`);
}

/** The ADMIN key of earlier runs, or a new one that `keepKey` has yet to keep. */
export function recallKey(dataDir: string): string {
  try {
    const kept = readFileSync(keyFile(dataDir), 'utf8').trim();
    if (kept !== '') return kept;
  } catch {
    // the first run
  }
  return `demo_${randomBytes(24).toString('base64url')}`;
}

/** Keeps the key for later runs, readable for its owner alone. */
export function keepKey(dataDir: string, key: string): void {
  writeFileSync(keyFile(dataDir), `${key}\n`, { mode: 0o600 });
}

const memoryFile = (dataDir: string) => join(dataDir, 'demo.json');
const keyFile = (dataDir: string) => join(dataDir, 'demo-key');
