import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StartError, toError } from '../platform/failure.ts';
import type { RandomBytes } from '../platform/random.ts';
import { mintSealKey, parseSealKeys, type SealKey } from '../platform/seal.ts';
import { writeProblem } from './directories.ts';

/**
 * The encryption keys of an embedded database, which lie beside it in `encryption-keys`, readable by
 * their owner alone. They are made once: a file that cannot be read stops the start, as a new key
 * would open nothing that is stored.
 *
 * @param options `make` a key when there is none
 * @throws StartError with one sentence.
 */
export function openEncryptionKeys(
  dataDir: string,
  random: RandomBytes,
  options: { make: boolean },
): SealKey[] {
  const file = join(dataDir, 'encryption-keys');
  const text = read(file) ?? (options.make ? make(file, dataDir, random) : null);
  if (text === null) return [];
  try {
    return parseSealKeys(text.trim());
  } catch (thrown) {
    const reason = `${file} holds no encryption keys (${toError(thrown).message})`;
    throw new StartError(`${reason}: put it back from a backup`);
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StartError(`cannot read ${file}: ${toError(thrown).message}`, { cause: thrown });
  }
}

/** On disk before anything is sealed with it, under its name as a whole or not at all. */
function make(file: string, dataDir: string, random: RandomBytes): string {
  const text = mintSealKey(`made-${random(4).toString('hex')}`, random);
  const draft = `${file}.draft`;
  try {
    const descriptor = openSync(draft, 'w', 0o600);
    writeSync(descriptor, `${text}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(draft, file);
  } catch (thrown) {
    throw new StartError((writeProblem(dataDir, thrown) ?? toError(thrown)).message);
  }
  return text;
}
