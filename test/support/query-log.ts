import pg from 'pg';

/** Every SQL statement this process sends to PostgreSQL from now on, until it is disposed. */
export type QueryLog = Disposable & {
  /** Runs something and answers the statements that were sent meanwhile. */
  during(act: () => Promise<unknown>): Promise<string[]>;
};

type Send = (this: pg.Client, statement: unknown, ...rest: unknown[]) => unknown;

/**
 * Watches the driver that Prisma and the hot statements share, BEGIN and COMMIT included. It cannot
 * tell one request from another: whoever counts lets nothing else run.
 */
export function startQueryLog(): QueryLog {
  const client = pg.Client.prototype as unknown as { query: Send };
  const send = client.query;
  let statements: string[] = [];
  client.query = function (statement, ...rest) {
    statements.push(textOf(statement));
    return send.call(this, statement, ...rest);
  };
  return {
    async during(act) {
      statements = [];
      await act();
      return statements;
    },
    [Symbol.dispose]() {
      client.query = send;
    },
  };
}

/** A statement is given as text, or as a config or a cursor that holds it. */
function textOf(statement: unknown): string {
  return typeof statement === 'string' ? statement : String((statement as { text?: string }).text);
}
