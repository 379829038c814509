import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEncryptionKeys } from '../../../src/embedded/encryption-keys.ts';

let dataDir: string;
let file: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'volley-keys-'));
  file = join(dataDir, 'encryption-keys');
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const open = (make: boolean) => openEncryptionKeys(dataDir, randomBytes, { make });

it('makes a key once, that only its owner may read', () => {
  const [first] = open(true);
  const text = readFileSync(file, 'utf8');
  const [second] = open(true);

  expect(second?.key.equals(first!.key)).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('makes none where keys were named, but still opens with the one that is there', () => {
  expect(open(false)).toEqual([]);
  const [made] = open(true);
  expect(open(false)[0]?.id).toBe(made?.id);
});

it('stops at a file that holds no keys, and leaves it as it is', () => {
  writeFileSync(file, 'half a k');

  expect(() => open(true)).toThrow(/encryption-keys holds no encryption keys .*backup/);
  expect(readFileSync(file, 'utf8')).toBe('half a k');
});
