import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const WRITE_PROBLEMS: Record<string, string> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of that path is a file',
  EEXIST: 'that path is a file',
  ENOENT: 'nothing can be made there',
};

/**
 * Creates a directory and its parents.
 *
 * @throws Error with one sentence naming the directory, the reason and the fix.
 */
export function makeDirectory(directory: string, mode = 0o755): void {
  try {
    makeLevels(directory, mode);
  } catch (error) {
    throw writeProblem(directory, error) ?? error;
  }
}

/** Level by level: Node's own `recursive` never ends where a file system takes no directories (/proc). */
function makeLevels(directory: string, mode: number): void {
  if (existsSync(`${directory}/.`)) return;
  if (!existsSync(dirname(directory))) makeLevels(dirname(directory), mode);
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Another process may have made it meanwhile.
    const made = (error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(`${directory}/.`);
    if (!made) throw error;
  }
}

/** The sentence for a failed write under `directory`, or undefined when the error is another one. */
export function writeProblem(directory: string, error: unknown): Error | undefined {
  const reason = WRITE_PROBLEMS[(error as NodeJS.ErrnoException)?.code ?? ''];
  if (reason === undefined) return undefined;
  const message = `cannot write to ${directory} (${reason}): free it or set VOLLEY_DATA_DIR`;
  return new Error(message, { cause: error });
}
