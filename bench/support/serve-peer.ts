import { type Child, startChild } from './child.ts';
import type { Services } from './services.ts';

export type Server = AsyncDisposable & { url: string; pid: number };

/** @param what one of the functions of `peers/serve.mjs` */
export async function servePeer(
  what: string,
  services: Services,
  databaseUrl: string,
): Promise<Server> {
  const child: Child = await startChild('peers/serve.mjs');
  const port = await child.call<number>(what, { databaseUrl, redisUrl: services.redisUrl });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
