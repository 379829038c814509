import { type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { makeDirectory, writeProblem } from './directories.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import {
  freePort,
  processFacts,
  serviceEnvironment,
  spawnDetached,
  stopProcess,
  waitFor,
} from './processes.ts';
import { chooseServiceUser, giveTo, invocation, type ServiceUser } from './service-user.ts';

export type EmbeddedPostgres = AsyncDisposable & {
  /** A connection URL of the user and database `volley`, over TCP on 127.0.0.1. */
  url: string;
  /** True when the server was still running, left over by a killed Volley. */
  adopted: boolean;
};

export type PostgresOptions = {
  /** Volley's data directory; the server keeps to its `postgres` folder. */
  dataDir: string;
  log: (message: string) => void;
  /** False trades safety against power loss for speed (tests). */
  durable?: boolean;
  /** Another PostgreSQL than the one that comes with Volley (tests). */
  binaries?: PostgresBinaries;
};

/** Fast shutdown; the next steps are for a server that hangs, its log is replayed at the next start. */
const SHUTDOWN = [
  { signal: 'SIGINT', waitMs: 30_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

const START_TIMEOUT_MS = 60_000;
const MAX_LOG_BYTES = 10_000_000;

/**
 * Starts the PostgreSQL that comes with Volley on its data directory, creating the cluster at the
 * first start and adopting a server that a killed Volley left behind. Disposing shuts it down.
 *
 * @throws Error with one sentence when programs, rights or space are missing.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = options.binaries ?? (await postgresBinaries());
  const home = homeUnder(options.dataDir);
  makeDirectory(dirname(home.directory));
  makeDirectory(home.directory, 0o700);
  try {
    const user = chooseServiceUser(dirname(home.directory), binaries.postgres);
    giveTo(user, home.directory);
    const settings = serverSettings(home, options.durable ?? true);
    const leftover = await settleLeftover(home, settings, options.log);
    if (!existsSync(home.cluster)) createCluster(home, binaries, user, options);
    const running = leftover ?? (await launch(home, binaries, user, settings));
    try {
      await ensureDatabase(home, running.port);
    } catch (error) {
      await stopProcess(running.pid, SHUTDOWN);
      throw error;
    }
    return {
      url: urlOf(home, running.port, 'volley'),
      adopted: leftover !== undefined,
      [Symbol.asyncDispose]: () => stopProcess(running.pid, SHUTDOWN),
    };
  } catch (error) {
    throw writeProblem(home.directory, error) ?? error;
  }
}

type Home = { directory: string; cluster: string; password: string; log: string };
type Running = { pid: number; port: number };

function homeUnder(dataDir: string): Home {
  const directory = resolve(dataDir, 'postgres');
  return {
    directory,
    cluster: join(directory, 'cluster'),
    password: join(directory, 'password'),
    log: join(directory, 'postgres.log'),
  };
}

function serverSettings(home: Home, durable: boolean): string[] {
  // A socket address holds 107 bytes; the longest name in the folder is that of port 65535.
  const socketPath = join(home.directory, '.s.PGSQL.65535');
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: Buffer.byteLength(socketPath) <= 107 ? listItem(home.directory) : '',
    unix_socket_permissions: '0700',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The setting is a list: quoted, a comma or quote in the path does no harm. */
function listItem(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

function serverArgs(home: Home, settings: string[], port: number): string[] {
  return ['-D', home.cluster, ...settings, '-p', String(port)];
}

/** A server of ours that still runs is kept when its settings are today's, else stopped. */
async function settleLeftover(
  home: Home,
  settings: string[],
  log: (message: string) => void,
): Promise<Running | undefined> {
  const pidFile = readPostmasterPid(home);
  if (pidFile === undefined) return undefined;
  const facts = processFacts(pidFile.pid);
  if (facts === undefined) return undefined;
  if (!facts.command.includes(`-D ${home.cluster} `)) {
    // The pid was given to another program since; PostgreSQL alone would refuse to start.
    rmSync(join(home.cluster, 'postmaster.pid'), { force: true });
    return undefined;
  }
  const wanted = serverArgs(home, settings, pidFile.port).join(' ');
  if (facts.command.endsWith(wanted) && (await answers(home, pidFile.port))) {
    log(`using the PostgreSQL that an earlier run left (pid ${pidFile.pid})`);
    return pidFile;
  }
  log(`stopping the PostgreSQL that an earlier run left (pid ${pidFile.pid})`);
  await stopProcess(pidFile.pid, SHUTDOWN);
  return undefined;
}

async function answers(home: Home, port: number): Promise<boolean> {
  const connect = () => withClient(urlOf(home, port, 'postgres'), async () => true);
  const retried = () => connect().catch(() => undefined);
  return waitFor('reaching the running PostgreSQL', 10_000, retried).catch(() => false);
}

function readPostmasterPid(home: Home): (Running & { ready: boolean }) | undefined {
  try {
    const lines = readFileSync(join(home.cluster, 'postmaster.pid'), 'utf8').split('\n');
    const ready = lines[7]?.trim() === 'ready';
    return { pid: Number(lines[0]), port: Number(lines[3]), ready };
  } catch {
    return undefined;
  }
}

/** Built beside its place and renamed, so that an interrupted first start leaves no half cluster. */
function createCluster(
  home: Home,
  binaries: PostgresBinaries,
  user: ServiceUser,
  options: PostgresOptions,
): void {
  options.log('creating the embedded PostgreSQL database');
  const draft = `${home.cluster}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const password = randomBytes(24).toString('hex');
  writeFileSync(home.password, `${password}\n`, { mode: 0o600 });
  if (user.kind === 'user') chownSync(home.password, user.uid, user.gid);
  const args = [
    ...['-D', draft, '--username=volley', `--pwfile=${home.password}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    ...(options.durable === false ? ['--no-sync'] : []),
  ];
  const { command, args: allArgs, ...ids } = invocation(user, binaries.initdb, args);
  const result = spawnSync(command, allArgs, {
    ...ids,
    cwd: home.directory,
    encoding: 'utf8',
    env: serviceEnvironment(),
  });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw startProblem(home, result.stderr, 'create its database');
  }
  renameSync(draft, home.cluster);
}

async function launch(
  home: Home,
  binaries: PostgresBinaries,
  user: ServiceUser,
  settings: string[],
): Promise<Running> {
  removeSockets(home);
  if (existsSync(home.log) && statSync(home.log).size > MAX_LOG_BYTES) truncateSync(home.log);
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const logStart = existsSync(home.log) ? statSync(home.log).size : 0;
    const start = invocation(user, binaries.postgres, serverArgs(home, settings, port));
    const child = await spawnDetached({ ...start, cwd: home.directory, logFile: home.log });
    const ready = await untilReady(home, child);
    if (ready) return { pid: child.pid as number, port };
    const output = readFileSync(home.log).subarray(logStart).toString();
    // Taken ports and the last backends of a killed server go away; other reasons stay.
    const isPassing = /could not bind|could not create any TCP|still in use|lock file/.test(output);
    if (!isPassing || tries === 10) throw startProblem(home, output, 'start');
    await new Promise((resolve) => setTimeout(resolve, 50 * tries));
  }
}

async function untilReady(home: Home, child: ChildProcess): Promise<boolean> {
  try {
    return await waitFor('starting PostgreSQL', START_TIMEOUT_MS, () => {
      if (child.exitCode !== null || child.signalCode !== null) return false;
      const pidFile = readPostmasterPid(home);
      return pidFile?.pid === child.pid && pidFile?.ready ? true : undefined;
    });
  } catch (error) {
    await stopProcess(child.pid as number, SHUTDOWN);
    throw error;
  }
}

function removeSockets(home: Home): void {
  for (const name of readdirSync(home.directory)) {
    if (name.startsWith('.s.PGSQL.')) rmSync(join(home.directory, name), { force: true });
  }
}

async function ensureDatabase(home: Home, port: number): Promise<void> {
  await withClient(urlOf(home, port, 'postgres'), async (client) => {
    const found = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'volley'`);
    if (found.rowCount === 0) await client.query('CREATE DATABASE volley');
  });
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

function urlOf(home: Home, port: number, database: string): string {
  const password = readFileSync(home.password, 'utf8').trim();
  return `postgresql://volley:${password}@127.0.0.1:${port}/${database}`;
}

function startProblem(home: Home, output: string, what: string): Error {
  if (/No space left|quota exceeded/i.test(output)) {
    return writeProblem(home.directory, { code: 'ENOSPC' }) as Error;
  }
  const line = output.split('\n').find((text) => /FATAL|PANIC|error:/.test(text)) ?? output.trim();
  const reason = line.replace(/^.*?(FATAL|PANIC|error):\s*/, '') || 'it ended without a message';
  return new Error(`the embedded PostgreSQL could not ${what}: ${reason} (log: ${home.log})`);
}
