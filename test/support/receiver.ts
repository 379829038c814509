import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call that an affiliate's server got. */
export type ReceivedCall = {
  method: string;
  /** Path and query exactly as they came over the wire. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  at: number;
};

type Answer = { status: number; headers?: Record<string, string>; body?: string };

/** An affiliate's server: a real one, that keeps what it got until a test asks for it. */
export type Receiver = AsyncDisposable & {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** The next call, waited for at most 20 s. */
  next(): Promise<ReceivedCall>;
  /** Calls nobody asked for yet. */
  readonly waiting: number;
  readonly total: number;
  /** What the next calls are answered; the last one stays. Default 200. */
  answer(...answers: Answer[]): void;
};

export async function startReceiver(): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const waiters: ((call: ReceivedCall) => void)[] = [];
  let answers: Answer[] = [{ status: 200, body: 'ok' }];
  let total = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      at: Date.now(),
    };
    total += 1;
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
    const waiter = waiters.shift();
    if (waiter) waiter(call);
    else calls.push(call);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next() {
      const call = calls.shift();
      if (call) return Promise.resolve(call);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no call within 20 s')), 20_000);
        waiters.push((received) => {
          clearTimeout(timer);
          resolve(received);
        });
      });
    },
    get waiting() {
      return calls.length;
    },
    get total() {
      return total;
    },
    answer(...next) {
      answers = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
