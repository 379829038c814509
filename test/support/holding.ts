import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver that answers nobody until it is told to, and then everybody. */
export async function startHolding() {
  const held: ServerResponse[] = [];
  let released: number | null = null;
  let total = 0;
  let answered = 0;
  const answer = (response: ServerResponse) => {
    answered += 1;
    response.writeHead(released ?? 200).end('ok');
  };
  const server = createServer((_request, response) => {
    total += 1;
    if (released !== null) answer(response);
    else held.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get total() {
      return total;
    },
    get answered() {
      return answered;
    },
    release(status = 200) {
      released = status;
      for (const response of held.splice(0)) answer(response);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
