import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { freePort, waitFor } from '../../src/embedded/processes.ts';
import type { Services } from './services.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The ADMIN key of every Volley of the bench. */
export const ADMIN_KEY = 'admin-key-of-the-bench';

/** A Volley as a process of its own, as it is run in production. */
export type Volley = AsyncDisposable & {
  url: string;
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Lets it finish; answers its exit code. */
  stop(): Promise<number | null>;
};

type Options = {
  services: Pick<Services, 'redisUrl' | 'dataDir'>;
  databaseUrl: string;
  role: 'all' | 'api' | 'worker';
  variables?: Record<string, string>;
  /** For Node, such as `--cpu-prof`. */
  flags?: string[];
};

/** Starts `src/main.ts` and waits until it is ready. It logs what goes wrong, unless `LOG_LEVEL` says otherwise. */
export async function startVolley({
  services,
  databaseUrl,
  role,
  variables,
  flags = [],
}: Options): Promise<Volley> {
  const port = await freePort();
  const child = spawn(process.execPath, [...flags, 'src/main.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      REDIS_URL: services.redisUrl,
      VOLLEY_DATA_DIR: join(services.dataDir, 'volley'),
      VOLLEY_ADMIN_KEY: ADMIN_KEY,
      VOLLEY_ALLOW_TARGETS: '127.0.0.0/8',
      VOLLEY_RATE_LIMITS: '0',
      VOLLEY_ROLE: role,
      LOG_LEVEL: 'error',
      ...variables,
    },
    stdio: ['ignore', 2, 2],
  });
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const url = `http://127.0.0.1:${port}`;
  await waitFor('Volley to be ready', 30_000, async () => {
    if (child.exitCode !== null) throw new Error(`Volley ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/ready`).catch(() => null);
    return answer?.status === 200 || undefined;
  });
  return {
    url,
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
