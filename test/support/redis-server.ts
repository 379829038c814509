import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** A private Redis of one test file. */
export type TestRedisServer = AsyncDisposable & {
  url: string;
  port: number;
  pid: number;
  /** Ends it and removes its directory; SIGKILL for a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
};

/** The native server on PATH, or null. */
export function findRedisServer(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {}
    }
  }
  return null;
}

/**
 * For `describe.skipIf(redisServerMissing())`: true, with the reason printed, when this machine has
 * no native Redis.
 */
export function redisServerMissing(): boolean {
  if (findRedisServer()) return false;
  console.warn('SKIPPED: no redis-server or valkey-server on PATH (Debian: apt install redis)');
  return true;
}

/**
 * Starts an empty Redis without persistence on a free loopback port and resolves when it serves.
 *
 * @param args further arguments, such as `['--maxmemory-policy', 'allkeys-lru']`; `port` starts it
 *   again where an earlier one was.
 * @throws Error with the server's own words when it does not start.
 */
export async function startRedisServer({
  args = [],
  port,
}: {
  args?: string[];
  port?: number;
} = {}): Promise<TestRedisServer> {
  const program = findRedisServer();
  if (!program) throw new Error('no redis-server or valkey-server on PATH');
  // Another process may take a free port before Redis does; then the next one is tried.
  for (let tries = 3; ; tries -= 1) {
    try {
      return await launch(program, port ?? (await freePort()), args);
    } catch (error) {
      if (port !== undefined || tries === 1) throw error;
    }
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function launch(program: string, port: number, args: string[]): Promise<TestRedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'volley-redis-'));
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  const server = spawn(program, ['--port', String(port), ...settings, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', () => resolve());
  });
  // A test worker may be killed without a word; the end of its pipe tells this guard.
  const guard = spawn('sh', ['-c', 'read _; kill -9 "$0"; rm -rf "$1"', `${server.pid}`, dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });

  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    server.kill(signal);
    // A stopped process (SIGSTOP) takes no SIGTERM before it goes on.
    server.kill('SIGCONT');
    await exited;
    guard.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  };

  const said: string[] = [];
  const ready = await new Promise<boolean>((resolve) => {
    const lines = createInterface({ input: server.stdout });
    lines.on('line', (line) => {
      said.push(line);
      if (line.includes('Ready to accept connections')) resolve(true);
    });
    void exited.then(() => resolve(false));
  });
  if (!ready || server.pid === undefined) {
    await stop();
    throw new Error(`${program} did not start on port ${port}:\n${said.slice(-5).join('\n')}`);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}
