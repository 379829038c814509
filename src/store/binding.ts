import type pg from 'pg';
import { createTurns } from '../platform/turns.ts';
import type { Db, Sql, Transact } from './database.ts';

/**
 * What PostgreSQL is told at the beginning of a transaction and forgets at its end: names and values of settings.
 * With `role` among them the transaction has the rights of that role.
 */
export type Settings = Readonly<Record<string, string>>;

/** What a caller reads and writes with. */
export type Clients = { db: Db; sql: Sql };

/** Clients that are bound to settings. */
export type Binding = {
  /** Every statement, and every `$transaction` and `transact`, is a transaction that begins with the settings. */
  each(settings: Settings): Clients & { transact: Transact };
  /** The same, but what only reads is left as it is. */
  writes(settings: Settings): Clients & { transact: Transact };
  /**
   * All that `work` reads with `db` is one transaction, which cannot write. `sql` has its own for each statement, on
   * a second connection.
   */
  reading<Result>(settings: Settings, work: (clients: Clients) => Promise<Result>): Promise<Result>;
};

const BIND = `SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS s(name, value)`;
/** Whoever waits for a turn holds nothing meanwhile. */
const TURN_WAIT_MS = 15_000;
const READS = /^(find|count|aggregate|groupBy)/;

/** @param connections of the pool; half of them may be taken by `reading`, so that its second ones are never waited for in a circle */
export function createBinding(
  { db, sql, transact }: Clients & { transact: Transact },
  connections: number,
): Binding {
  const inTurn = createTurns(Math.max(1, Math.floor(connections / 2)), TURN_WAIT_MS);

  function bindTransact(settings: Settings): Transact {
    return (work) =>
      transact(async (inside) => {
        await inside.query(bindStatement(settings));
        return work(inside);
      });
  }

  return {
    each(settings) {
      const bound = bindTransact(settings);
      return { db: bindDb(db, settings, () => true), sql: bindSql(bound), transact: bound };
    },

    writes(settings) {
      return {
        db: bindDb(db, settings, (operation) => !READS.test(operation)),
        sql,
        transact: bindTransact(settings),
      };
    },

    reading(settings, work) {
      const readOnly = { transaction_read_only: 'on', ...settings };
      return inTurn(() =>
        db.$transaction(async (inside) => {
          await bindPrisma(inside, readOnly);
          return work({ db: inside as Db, sql: bindSql(bindTransact(readOnly)) });
        }),
      );
    },
  };
}

function bindStatement(settings: Settings): pg.QueryConfig {
  return { name: 'bind', text: BIND, values: [Object.keys(settings), Object.values(settings)] };
}

function bindPrisma(client: Pick<Db, '$executeRawUnsafe'>, settings: Settings) {
  return client.$executeRawUnsafe(BIND, Object.keys(settings), Object.values(settings));
}

type Inside = Parameters<Parameters<Db['$transaction']>[0]>[0];
type Extended = {
  operation: string;
  args: unknown;
  query: (args: unknown) => ReturnType<Db['$executeRawUnsafe']>;
};

/** @param isBound whether an operation of Prisma needs the settings */
function bindDb(db: Db, settings: Settings, isBound: (operation: string) => boolean): Db {
  const $transaction = (work: (inside: Inside) => Promise<unknown>) =>
    db.$transaction(async (inside) => {
      await bindPrisma(inside, settings);
      return work(inside);
    });
  return db.$extends({
    client: { $transaction },
    query: {
      async $allOperations({ operation, args, query }: Extended) {
        if (!isBound(operation)) return query(args);
        const [, result] = await db.$transaction([bindPrisma(db, settings), query(args)]);
        return result;
      },
    },
  }) as unknown as Db;
}

/** A plan is made for one role: under a name of its own, it does not replace the one that the engine uses all the time. */
function bindSql(transact: Transact): Sql {
  const query = (statement: string | pg.QueryConfig, values?: unknown[]) =>
    transact((inside) => inside.query(renamed(statement), values));
  return { query: query as Sql['query'] };
}

function renamed(statement: string | pg.QueryConfig): string | pg.QueryConfig {
  if (typeof statement === 'string' || statement.name === undefined) return statement;
  return { ...statement, name: `${statement.name}, bound` };
}
