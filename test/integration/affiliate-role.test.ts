import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyViewer } from '../../src/access/viewer.ts';
import { createWall } from '../../src/access/wall.ts';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.ts';
import type { PostgresBinaries } from '../../src/embedded/postgres-binaries.ts';
import { createLog } from '../../src/platform/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { runSql } from '../support/database.ts';
import { makeDataDir } from '../support/process.ts';

/** The PostgreSQL that comes with Volley, and those that Debian has installed. */
const SERVERS: [name: string, binaries: PostgresBinaries | undefined][] = [
  ['embedded', undefined],
  ...debianServers(),
];

function debianServers(): [string, PostgresBinaries][] {
  const home = '/usr/lib/postgresql';
  const versions = existsSync(home) ? readdirSync(home) : [];
  return versions
    .map((version): [string, PostgresBinaries] => {
      const folder = `${home}/${version}/bin`;
      return [
        `Debian's ${version}`,
        { initdb: `${folder}/initdb`, postgres: `${folder}/postgres` },
      ];
    })
    .filter(([, { initdb }]) => existsSync(initdb));
}

describe.each(SERVERS)('on a server of one’s own (%s)', (_name, binaries) => {
  let folder: ReturnType<typeof makeDataDir>;
  let server: EmbeddedPostgres;
  let count = 0;

  beforeAll(async () => {
    folder = makeDataDir();
    const log = () => {};
    server = await startPostgres({
      ...{ dataDir: folder.path, log, durable: false },
      ...(binaries && { binaries }),
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** A database with an owner of its own, as the README tells to make it. */
  async function ownedDatabase(rights = ''): Promise<{ url: string; owner: string }> {
    count += 1;
    const [owner, name] = [`owner-${count}`, `db_${count}`];
    await runSql(server.url, `CREATE ROLE "${owner}" LOGIN PASSWORD 'secret' ${rights}`);
    await runSql(server.url, `CREATE DATABASE ${name} OWNER "${owner}"`);
    const url = new URL(server.url);
    Object.assign(url, { username: owner, password: 'secret', pathname: `/${name}` });
    return { url: url.href, owner };
  }

  async function expectWalled(url: string) {
    await using database = openDatabase(url, createLog('silent'));
    const { clients } = createWall(database, database.binding);
    const [mine, theirs] = [crypto.randomUUID(), crypto.randomUUID()];
    for (const id of [mine, theirs]) {
      const data = { id, affid: id, name: 'Affiliate', kind: 'AFFILIATE' as const };
      await database.db.affiliate.create({ data });
    }
    const viewer = { role: 'AFFILIATE', affiliateId: mine, affiliateIds: [mine] } as KeyViewer;
    const seen = await clients(viewer).db.affiliate.findMany();
    expect(seen.map(({ id }) => id)).toEqual([mine]);
  }

  test('an owner without further rights is told what to run, and starts when it was run', async () => {
    const { url, owner } = await ownedDatabase();

    const message = await migrate(url).then(String, (error: Error) => error.message);

    expect(message).toBe(
      `the user "${owner}" of DATABASE_URL may not create the role that affiliates' statements run as: let an administrator run on this server, once: CREATE ROLE volley_affiliate NOLOGIN NOINHERIT; GRANT volley_affiliate TO "${owner}";`,
    );
    await runSql(server.url, message.split('once: ')[1] ?? '');
    expect((await migrate(url)).applied).not.toEqual([]);
    await expectWalled(url);
  });

  test('a second owner needs the grant alone', async () => {
    const { url, owner } = await ownedDatabase();

    const message = await migrate(url).then(String, (error: Error) => error.message);

    expect(message).toMatch(/may not act as the role .* once: GRANT volley_affiliate TO "[^"]+";$/);
    expect(message).not.toContain('CREATE ROLE');
    await runSql(server.url, `GRANT volley_affiliate TO "${owner}"`);
    await migrate(url);
    await expectWalled(url);
  });

  test('owners who may create roles need nobody, also when several start at once', async () => {
    await dropRole();
    const owners = await Promise.all(Array.from({ length: 3 }, () => ownedDatabase('CREATEROLE')));
    // Of a role that somebody else made, from PostgreSQL 16 on, they would need the right to grant it.
    const [first, ...others] = owners;
    await migrate(first?.url ?? '');
    for (const { owner } of others) {
      await runSql(server.url, `GRANT volley_affiliate TO "${owner}"`);
    }

    await Promise.all(others.map(({ url }) => migrate(url)));

    for (const { url } of owners) await expectWalled(url);
  });

  test('superusers who start at once on a server without the role make it once', async () => {
    await dropRole();
    const owners = await Promise.all(Array.from({ length: 4 }, () => ownedDatabase('SUPERUSER')));

    await Promise.all(owners.map(({ url }) => migrate(url)));

    for (const { url } of owners) await expectWalled(url);
  });

  test('a role that would see everything is refused', async () => {
    const { url } = await ownedDatabase('SUPERUSER');
    await migrate(url);
    await runSql(server.url, 'ALTER ROLE volley_affiliate BYPASSRLS');

    await expect(migrate(url)).rejects.toThrow(
      /ALTER ROLE volley_affiliate NOSUPERUSER NOBYPASSRLS/,
    );

    await runSql(server.url, 'ALTER ROLE volley_affiliate NOBYPASSRLS');
    await migrate(url);
  });

  test('a database that was restored before the role was there is not served', async () => {
    const { url } = await ownedDatabase('SUPERUSER');
    await migrate(url);
    // What a restore leaves out when the role is missing: its policies and grants.
    await runSql(url, 'DROP OWNED BY volley_affiliate');

    await expect(migrate(url)).rejects.toThrow(
      /policies for affiliates are missing.*restore it again/,
    );
  });

  async function dropRole(): Promise<void> {
    const databases = await runSql(
      server.url,
      `SELECT datname FROM pg_database WHERE datname LIKE 'db_%'`,
    );
    for (const { datname } of databases) await runSql(server.url, `DROP DATABASE ${datname}`);
    await runSql(server.url, 'DROP ROLE IF EXISTS volley_affiliate');
  }
});
