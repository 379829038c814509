import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Message = { type: string; id?: string; payload?: never };

/** How the server ended a socket. */
export type Closed = { code: number; reason: string };

export type RawSocket = AsyncDisposable & {
  socket: WebSocket;
  /** The code the server closes with. */
  closed: Promise<number>;
  /** The same with the reason. */
  ended: Promise<Closed>;
  /** The next message, waited for. */
  next(): Promise<Message>;
  send(message: object | string): void;
  subscribe(id: string, query: string): void;
};

/** A raw socket of the protocol that keeps messages and the end until a test asks for them. */
export async function openSocket(
  serviceUrl: string,
  protocol = 'graphql-transport-ws',
): Promise<RawSocket> {
  const url = `${serviceUrl.replace('http', 'ws')}/graphql`;
  // As a header of its own: ws would end a socket itself whose subprotocol is not confirmed.
  const headers = { 'sec-websocket-protocol': protocol };
  const socket =
    protocol === 'graphql-transport-ws'
      ? new WebSocket(url, protocol)
      : new WebSocket(url, { headers });
  const messages: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message;
    const waiter = waiting.shift();
    if (waiter) waiter(message);
    else messages.push(message);
  });
  const ended = new Promise<Closed>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const closed = ended.then(({ code }) => code);
  await once(socket, 'open');
  return {
    socket,
    closed,
    ended,
    next(): Promise<Message> {
      const message = messages.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => waiting.push(resolve));
    },
    send: (message: object | string) =>
      socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    subscribe(id: string, query: string) {
      socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query } }));
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

/** A socket that is acknowledged; anonymous with null. */
export async function openAcknowledged(url: string, key: string | null): Promise<RawSocket> {
  const client = await openSocket(url);
  const payload = key === null ? {} : { authorization: `Bearer ${key}` };
  client.send({ type: 'connection_init', payload });
  const message = await Promise.race([client.next(), client.ended]);
  if (!('type' in message) || message.type !== 'connection_ack') {
    await client[Symbol.asyncDispose]();
    throw new Error(`the socket was not acknowledged: ${JSON.stringify(message)}`);
  }
  return client;
}
