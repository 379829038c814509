import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import { createStatementNames } from './statement-names.ts';

/**
 * Prisma's driver on our pool. What the resolvers of one operation ask of its transaction at the same time is sent
 * one by one: the driver is about to refuse a statement while another one runs on its connection.
 */
export function openAdapter(pool: pg.Pool): SqlDriverAdapterFactory {
  const nameOf = createStatementNames();
  const factory = new PrismaPg(pool, { statementNameGenerator: ({ sql }) => nameOf(sql) });
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = await factory.connect();
      const start = adapter.startTransaction.bind(adapter);
      adapter.startTransaction = async (isolation) => inTurn(await start(isolation));
      return adapter;
    },
  };
}

function inTurn(transaction: Transaction): Transaction {
  let last: Promise<unknown> = Promise.resolve();
  const waiting =
    <Query, Answer>(send: (query: Query) => Promise<Answer>) =>
    (query: Query) => {
      const answer = last.then(() => send(query));
      last = answer.catch(() => {});
      return answer;
    };
  transaction.queryRaw = waiting(transaction.queryRaw.bind(transaction));
  transaction.executeRaw = waiting(transaction.executeRaw.bind(transaction));
  return transaction;
}
