import pg from 'pg';

/** Every SQL statement this process sends to PostgreSQL from now on, until it is disposed. */
export type QueryLog = Disposable & {
  /** Runs something and answers the statements that were sent meanwhile. */
  during(act: () => Promise<unknown>): Promise<string[]>;
  /** The same, with the values of their parameters. */
  sentDuring(act: () => Promise<unknown>): Promise<SentStatement[]>;
};

/** A statement as the driver was given it. */
export type SentStatement = { name: string | null; text: string; values: unknown[] };

type Send = (this: pg.Client, statement: unknown, ...rest: unknown[]) => unknown;

/**
 * Watches the driver that Prisma and the hot statements share, BEGIN and COMMIT included. It cannot
 * tell one request from another: whoever counts lets nothing else run.
 */
export function startQueryLog(): QueryLog {
  const client = pg.Client.prototype as unknown as { query: Send };
  const send = client.query;
  let statements: SentStatement[] = [];
  client.query = function (statement, ...rest) {
    statements.push(readStatement(statement, rest[0]));
    return send.call(this, statement, ...rest);
  };
  async function sentDuring(act: () => Promise<unknown>): Promise<SentStatement[]> {
    statements = [];
    await act();
    return statements;
  }
  return {
    sentDuring,
    during: async (act) => (await sentDuring(act)).map(({ text }) => text),
    [Symbol.dispose]() {
      client.query = send;
    },
  };
}

/** A statement is given as text with values beside it, or as a config or a cursor that holds both. */
function readStatement(statement: unknown, beside: unknown): SentStatement {
  const config = typeof statement === 'string' ? { text: statement } : (statement as SentStatement);
  const {
    name,
    text,
    values = Array.isArray(beside) ? beside : [],
  } = config as Partial<SentStatement>;
  return { name: name ?? null, text: String(text), values };
}
