import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the operating system says about a running process. */
export type ProcessFacts = {
  /** Differs between two processes that got the same pid one after the other, also across reboots. */
  startedAt: string;
  /** The command line, arguments joined by one space. */
  command: string;
};

/** The facts about a live process, or undefined when it is gone (a zombie is gone). */
export function processFacts(pid: number): ProcessFacts | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? factsFromProc(pid) : factsFromPs(pid);
}

export type DetachedSpawn = {
  command: string;
  args: string[];
  cwd: string;
  /** Receives stdout and stderr, appended. */
  logFile: string;
  uid?: number | undefined;
  gid?: number | undefined;
};

/**
 * Starts a process in its own process group, so that Ctrl-C in the terminal reaches Volley alone,
 * which drains before it stops its services. The process also outlives a killed parent.
 *
 * @throws the spawn error (ENOENT, EACCES ...) when it could not be started.
 */
export async function spawnDetached(options: DetachedSpawn): Promise<ChildProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      detached: true,
      env: serviceEnvironment(),
      stdio: ['ignore', log, log],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The environment of a service: nothing of ours (keys, URLs) leaks into it, and no locale surprises. */
export function serviceEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Polls until `probe` returns something other than undefined.
 *
 * @throws Error naming `what` after `timeoutMs`, and whatever `probe` throws.
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`${what} took more than ${timeoutMs} ms`);
    await sleep(15);
  }
}

/** Sends the signals one after the other, each given its time, until the process is gone. */
export async function stopProcess(
  pid: number,
  steps: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<void> {
  const started = processFacts(pid)?.startedAt;
  const isGone = () => (processFacts(pid)?.startedAt === started ? undefined : true);
  if (started === undefined) return;
  for (const { signal, waitMs } of steps) {
    if (isGone()) return;
    sendSignal(pid, signal);
    const gone = await waitFor(`stopping process ${pid}`, waitMs, isGone).catch(() => false);
    if (gone) return;
  }
  throw new Error(`process ${pid} does not stop: end it by hand (kill -9 ${pid})`);
}

/** A TCP port that was free on 127.0.0.1 a moment ago; the caller retries when it is taken since. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free TCP port');
  return address.port;
}

/** The first executable of that name on PATH, or undefined. */
export function findOnPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function factsFromProc(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in brackets and may hold spaces: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .replace(/\0+$/, '')
      .replaceAll('\0', ' ');
    return { startedAt: `${bootId()}:${fields[19]}`, command };
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function factsFromPs(pid: number): ProcessFacts | undefined {
  try {
    const args = ['-o', 'state=,lstart=,command=', '-p', String(pid)];
    const line = execFileSync('ps', args, { encoding: 'utf8', env: serviceEnvironment() });
    const [state = '', ...words] = line.trim().split(/\s+/);
    if (state === '' || state.startsWith('Z')) return undefined;
    return { startedAt: words.slice(0, 5).join(' '), command: words.slice(5).join(' ') };
  } catch {
    return undefined;
  }
}
