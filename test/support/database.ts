import pg from 'pg';

/**
 * Makes a database, empty or cloned from a template, and answers its URL. A clone gets an installation
 * id of its own, so that its keys in the shared Redis are its own too.
 */
export async function createDatabase(
  clusterUrl: string,
  name: string,
  template: string | null,
): Promise<string> {
  const cluster = new pg.Client(clusterUrl);
  await cluster.connect();
  try {
    await cluster.query(`CREATE DATABASE "${name}" ${template ? `TEMPLATE "${template}"` : ''}`);
  } finally {
    await cluster.end();
  }
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  if (template) {
    await runSql(
      url.href,
      `UPDATE installation SET id = gen_random_uuid();
       CREATE TABLE test_clock (offset_ms double precision NOT NULL);
       INSERT INTO test_clock VALUES (0);
       GRANT SELECT ON test_clock TO volley_affiliate;
       CREATE OR REPLACE FUNCTION volley_now() RETURNS timestamptz LANGUAGE sql STABLE
         AS $$ SELECT now() + make_interval(secs => (SELECT offset_ms FROM test_clock) / 1000) $$;`,
    );
  }
  return url.href;
}

/** Runs statements on a database of their own connection. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function dropDatabase(clusterUrl: string, databaseUrl: string): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1);
  await runSql(clusterUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
}
