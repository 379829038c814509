import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inject } from 'vitest';
import { waitFor } from '../../src/embedded/processes.ts';
import { createApi, type TestApi } from './api.ts';
import { createDatabase, dropDatabase, runSql } from './database.ts';
import { ADMIN_KEY } from './make-app.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export type Exit = { code: number | null; stdout: string; stderr: string };

/** A program of the project as a process of its own. Disposing kills it if it still runs. */
export type Program = AsyncDisposable & {
  /** The first match in what it has printed so far or prints later; rejects when it exits without. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
  kill(signal: NodeJS.Signals): void;
  /** Reads no more of its standard output, until what this answers is called. */
  leaveUnread(): () => void;
  pid: number;
  /** What it has printed so far on standard output. */
  readonly output: string;
  exited: Promise<Exit>;
};

/** @param command file and arguments, relative to the project */
export function runProgram(command: string[], variables: Record<string, string>): Program {
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const lookers = new Set<() => void>();
  const look = () => {
    for (const one of lookers) one();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    look();
  });
  const exited = closed(child).then((code) => ({ code, stdout, stderr }));
  return {
    exited,
    printed(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray>();
      const search = () => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match) resolve(match);
      };
      lookers.add(search);
      search();
      exited.then(({ code }) => {
        reject(new Error(`exited with ${code} before ${pattern}:\n${stdout}\n${stderr}`));
      });
      return promise.finally(() => lookers.delete(search));
    },
    kill: (signal) => child.kill(signal),
    leaveUnread() {
      child.stdout.pause();
      return () => child.stdout.resume();
    },
    pid: child.pid ?? 0,
    get output() {
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}

/** `node src/main.ts`, serving on a free port. */
export type Volley = Program & { url: string; admin: TestApi };

/** Starts Volley and waits until `/ready` answers 200. */
export async function startVolley(variables: Record<string, string>): Promise<Volley> {
  const program = runProgram(['src/main.ts'], {
    PORT: '0',
    VOLLEY_ADMIN_KEY: ADMIN_KEY,
    VOLLEY_ALLOW_TARGETS: '127.0.0.1/32',
    ...variables,
  });
  try {
    const [, url = ''] = await program.printed(/"url":"([^"]+)".*"msg":"serving"/);
    await untilReadyIs(200, url);
    const volley = Object.create(program) as Volley;
    return Object.assign(volley, { url, admin: createApi(url, ADMIN_KEY) });
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Polls `/ready` until it answers with a status. */
export async function untilReadyIs(status: number, url: string): Promise<void> {
  await waitFor(`/ready with ${status}`, 20_000, async () => {
    const response = await fetch(`${url}/ready`);
    return response.status === status || undefined;
  });
}

/** A data directory that PostgreSQL's user may enter. Disposing ends what a killed Volley left in it. */
export function makeDataDir(): AsyncDisposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'volley-process-'));
  chmodSync(path, 0o755);
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const pid of servicePids(path)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it has stopped by itself
        }
      }
      rmSync(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** The embedded services of a data directory that still run. */
export function servicePids(dataDir: string): number[] {
  return ['postgres/cluster/postmaster.pid', 'redis/redis.pid'].flatMap((file) => {
    try {
      const pid = Number.parseInt(readFileSync(join(dataDir, file), 'utf8'), 10);
      process.kill(pid, 0);
      return [pid];
    } catch {
      return [];
    }
  });
}

/** A migrated database of the run's PostgreSQL and its Redis: outside services for processes. */
export async function makeOutsideServices(): Promise<
  AsyncDisposable & {
    variables: { DATABASE_URL: string; REDIS_URL: string };
    sql(statement: string): Promise<Record<string, unknown>[]>;
  }
> {
  const postgresUrl = inject('postgresUrl');
  const name = `volley_${randomBytes(6).toString('hex')}`;
  const databaseUrl = await createDatabase(postgresUrl, name, 'volley_template');
  return {
    variables: { DATABASE_URL: databaseUrl, REDIS_URL: inject('redisUrl') },
    sql: (statement) => runSql(databaseUrl, statement),
    [Symbol.asyncDispose]: () => dropDatabase(postgresUrl, databaseUrl),
  };
}
