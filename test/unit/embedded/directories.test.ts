import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../../src/embedded/directories.ts';

test('makes a directory with all its parents, and again without harm', () => {
  const top = mkdtempSync(join(tmpdir(), 'volley-dir-'));
  const deep = join(top, 'a', 'b', 'c');

  makeDirectory(deep);
  makeDirectory(deep);

  expect(statSync(deep).isDirectory()).toBe(true);
  rmSync(top, { recursive: true });
});

test('says in one sentence that nothing can be made where a file system takes no directories', () => {
  expect(() => makeDirectory('/proc/volley/data')).toThrow(
    'cannot write to /proc/volley/data (nothing can be made there): free it or set VOLLEY_DATA_DIR',
  );
});

test('says so when a part of the path is a file', () => {
  const top = mkdtempSync(join(tmpdir(), 'volley-dir-'));
  writeFileSync(join(top, 'file'), '');

  expect(() => makeDirectory(join(top, 'file', 'data'))).toThrow(/a part of that path is a file/);
  expect(() => makeDirectory(join(top, 'file'))).toThrow(/that path is a file/);
  rmSync(top, { recursive: true });
});
