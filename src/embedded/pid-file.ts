import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeDirectory, writeProblem } from './directories.ts';
import { processFacts } from './processes.ts';

/**
 * Creates the data directory and claims it for this process by `volley.pid` (the pid alone, so that
 * `kill $(cat volley.pid)` works). A claim left by a process that is gone is taken over. Disposing
 * gives the claim up.
 *
 * @throws Error with one sentence when a live Volley holds the directory or it cannot be written.
 */
export async function claimDataDir(dataDir: string): Promise<AsyncDisposable> {
  const directory = resolve(dataDir);
  makeDirectory(directory);
  const files = claimFiles(directory);
  try {
    // Twice suffices against a stale file; the rest is for two starts that race for it.
    for (let tries = 0; tries < 10 && !tryClaim(files); tries++) {
      const holder = readPid(files.pid);
      if (holder === undefined) continue;
      if (isHeldBy(files, holder)) throw alreadyServing(holder, directory);
      setAside(files, holder);
    }
    if (readPid(files.pid) !== process.pid) {
      throw new Error(`cannot claim ${directory}: another Volley is starting there, try again`);
    }
    const startedAt = processFacts(process.pid)?.startedAt ?? '';
    writeFileSync(files.start, JSON.stringify({ pid: process.pid, startedAt }));
  } catch (error) {
    throw writeProblem(directory, error) ?? error;
  }
  return { [Symbol.asyncDispose]: async () => release(files) };
}

type ClaimFiles = { pid: string; start: string; mine: string; aside: string };

function claimFiles(directory: string): ClaimFiles {
  const pid = join(directory, 'volley.pid');
  return {
    pid,
    start: `${pid}.start`,
    mine: `${pid}.${process.pid}`,
    aside: `${pid}.stale.${process.pid}`,
  };
}

/** `link` fails when the name exists: the file appears at once with its content, or not at all. */
function tryClaim(files: ClaimFiles): boolean {
  writeFileSync(files.mine, `${process.pid}\n`);
  try {
    linkSync(files.mine, files.pid);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') return false;
    // Some mounted folders know no hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
    return tryExclusiveWrite(files.pid);
  } finally {
    rmSync(files.mine, { force: true });
  }
}

function tryExclusiveWrite(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** A pid alone may have been given to another program since: the start time tells them apart. */
function isHeldBy(files: ClaimFiles, pid: number): boolean {
  const facts = processFacts(pid);
  if (facts === undefined) return false;
  const recorded = readStart(files.start);
  return recorded?.pid !== pid || recorded.startedAt === facts.startedAt;
}

/** Renames before removing: if another start claimed in between, its file is put back. */
function setAside(files: ClaimFiles, stale: number): void {
  try {
    renameSync(files.pid, files.aside);
    if (readPid(files.aside) !== stale) linkSync(files.aside, files.pid);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(files.aside, { force: true });
  }
}

function release(files: ClaimFiles): void {
  if (readPid(files.pid) !== process.pid) return;
  rmSync(files.start, { force: true });
  rmSync(files.pid, { force: true });
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0;
  } catch {
    return undefined;
  }
}

function readStart(file: string): { pid?: number; startedAt?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function alreadyServing(pid: number, directory: string): Error {
  return new Error(
    `another Volley (pid ${pid}) serves from ${directory}: stop it or set VOLLEY_DATA_DIR`,
  );
}
