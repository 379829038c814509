import { fork } from 'node:child_process';
import { join } from 'node:path';

/** A process of the bench that answers calls, so that its work meets no other on one event loop. */
export type Child = AsyncDisposable & {
  pid: number;
  /** Calls one of the functions it serves, see `serve-calls.ts`. Rejects with what that threw. */
  call<Answer>(name: string, ...args: unknown[]): Promise<Answer>;
};

type Reply = { id: number; answer?: unknown; error?: string };

/** @param file relative to `bench/` */
export async function startChild(
  file: string,
  args: string[] = [],
  flags: string[] = [],
): Promise<Child> {
  const child = fork(join(import.meta.dirname, '..', file), args, {
    execArgv: flags,
    env: { ...process.env, NODE_ENV: 'production' },
    serialization: 'advanced',
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  child.on('message', ({ id, answer, error }: Reply) => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) waiter?.resolve(answer);
    else waiter?.reject(new Error(`${file}: ${error}`));
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values())
        reject(new Error(`${file} ended: ${signal ?? code}`));
      resolve();
    });
  });
  return {
    pid: child.pid ?? 0,
    call<Answer>(name: string, ...args: unknown[]) {
      const waiter = Promise.withResolvers<unknown>();
      calls += 1;
      waiting.set(calls, waiter);
      if (child.connected) child.send({ id: calls, name, args });
      else waiter.reject(new Error(`${file} has ended`));
      return waiter.promise as Promise<Answer>;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
