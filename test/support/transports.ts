import { on, once } from 'node:events';
import { WebSocket } from 'ws';
import type { GraphqlAnswer } from './api.ts';

export const TRANSPORTS = ['HTTP', 'SSE', 'WebSocket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** An operation as a client sends it. */
export type Operation = {
  query?: string;
  operationName?: string;
  variables?: object;
  extensions?: object;
  documentId?: string;
};

/** The first answer of a server, and how the transport carried it. */
export type Answered = Omit<GraphqlAnswer<Record<string, unknown>>, 'errors'> & {
  errors?: { message: string; extensions?: Record<string, unknown> }[];
  extensions?: Record<string, unknown>;
  /** Status over HTTP and SSE, type of the message over WebSocket. */
  status: number | 'next' | 'error';
  headers: Headers;
};

type Caller = { url: string; key: string | null; headers?: Record<string, string> };

/** Asks over one transport and reads the first answer. Over WebSocket it proves that the socket lives on. */
export async function askOver(
  transport: Transport,
  { url, key, headers = {} }: Caller,
  operation: Operation,
): Promise<Answered> {
  if (transport === 'WebSocket') return askSocket({ url, key, headers }, operation);
  const accept = transport === 'SSE' ? 'text/event-stream' : 'application/json';
  const ended = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      ...headers,
      accept,
      'content-type': 'application/json',
      ...(key !== null && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(operation),
    signal: ended.signal,
  });
  const read = transport === 'SSE' ? await readFirstEvent(response) : await response.json();
  ended.abort();
  return { ...(read as GraphqlAnswer<never>), status: response.status, headers: response.headers };
}

async function readFirstEvent(response: Response): Promise<unknown> {
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    const [, data] = /^event: next\ndata: (.*)\n\n/m.exec(text) ?? [];
    if (data !== undefined) return JSON.parse(data);
  }
  throw new Error(`no event: ${text}`);
}

async function askSocket(
  { url, key, headers = {} }: Caller,
  operation: Operation,
): Promise<Answered> {
  const address = `${url.replace('http', 'ws')}/graphql`;
  const socket = new WebSocket(address, 'graphql-transport-ws', { headers });
  const messages = on(socket, 'message', { close: ['close'] });
  async function read(): Promise<{ type: string; payload?: object }> {
    const next = await messages.next();
    if (next.done) throw new Error('the socket was closed');
    return JSON.parse(String(next.value[0]));
  }
  async function exchange(message: object) {
    socket.send(JSON.stringify(message));
    return read();
  }

  try {
    await once(socket, 'open');
    const payload = key === null ? {} : { authorization: `Bearer ${key}` };
    await exchange({ type: 'connection_init', payload });
    const subscribe = { type: 'subscribe', id: '1', payload: { query: '', ...operation } };
    const answer = await exchange(subscribe);
    // What ends or goes on meanwhile may say more before the pong.
    let last = await exchange({ type: 'ping' });
    while (last.type !== 'pong') last = await read();
    const told = answer.type === 'error' ? { errors: answer.payload } : answer.payload;
    return { ...(told as object), status: answer.type as 'next' | 'error', headers: new Headers() };
  } finally {
    socket.terminate();
  }
}
