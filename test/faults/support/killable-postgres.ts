import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startPostgres } from '../../../src/embedded/postgres.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { runSql } from '../../support/database.ts';
import { freezeTree } from './processes.ts';

/** A PostgreSQL that may be killed and started again; what it acknowledged it keeps. */
export type KillablePostgres = AsyncDisposable & {
  readonly port: number;
  /** Makes a migrated database that keeps a record of its own changes; answers its name. */
  createDatabase(): Promise<string>;
  /** Where a database is reached now. */
  urlOf(name: string): string;
  signal(signal: NodeJS.Signals): void;
  /** Stops the server with all its processes: standing connections fall silent as well. */
  freeze(): () => void;
  /** Starts it again where it was; the port is another one. */
  restart(): Promise<void>;
};

/** What the checker has to know and no row keeps. Its own rights: roles under test need none here. */
const RECORD = `
  CREATE TABLE promised (id uuid NOT NULL, attempt int NOT NULL, due_at timestamptz NOT NULL, said_at timestamptz NOT NULL);
  CREATE TABLE undecided (id uuid NOT NULL, before text NOT NULL, after text NOT NULL);
  CREATE FUNCTION keep_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
  BEGIN
    IF NEW.next_attempt_at IS DISTINCT FROM OLD.next_attempt_at AND NEW.next_attempt_at IS NOT NULL THEN
      INSERT INTO promised VALUES (NEW.id, NEW.attempts_made + 1, NEW.next_attempt_at, clock_timestamp());
    END IF;
    IF OLD.state <> 'OPEN' AND NEW.state <> OLD.state THEN
      INSERT INTO undecided VALUES (NEW.id, OLD.state::text, NEW.state::text);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER keep_record AFTER UPDATE ON postback FOR EACH ROW
    WHEN (NEW.next_attempt_at IS NOT NULL OR OLD.state <> 'OPEN') EXECUTE FUNCTION keep_record();`;

const TEMPLATE = 'faults_template';

/** @param given where its data lie; default a temporary directory, removed at the end */
export async function startKillablePostgres(given?: string): Promise<KillablePostgres> {
  const directory = given ?? makeDirectory();
  const start = () => startPostgres({ dataDir: directory, log: () => {} });
  let running: EmbeddedPostgres = await start();
  const pid = () =>
    Number.parseInt(readFileSync(join(directory, 'postgres/cluster/postmaster.pid'), 'utf8'), 10);
  const urlOf = (name: string) =>
    Object.assign(new URL(running.url), { pathname: `/${name}` }).href;
  await runSql(running.url, `CREATE DATABASE ${TEMPLATE}`);
  await migrate(urlOf(TEMPLATE));
  // The shortest delay that the product allows would make each of these tests five seconds longer.
  await runSql(
    urlOf(TEMPLATE),
    `ALTER TABLE integration DROP CONSTRAINT integration_delay; ${RECORD}`,
  );
  return {
    get port() {
      return Number(new URL(running.url).port);
    },
    urlOf,
    async createDatabase() {
      const name = `faults_${Math.random().toString(36).slice(2, 10)}`;
      await runSql(running.url, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
      return name;
    },
    signal: (signal) => process.kill(pid(), signal),
    freeze: () => freezeTree(pid()),
    async restart() {
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      if (!given) rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'volley-faults-'));
  chmodSync(directory, 0o755);
  return directory;
}
