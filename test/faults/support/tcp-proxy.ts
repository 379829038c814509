import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a proxy does to the bytes that go through it, in both directions. */
export type Weather = {
  /** ms by which each piece is late, and by how much more at random. */
  latencyMs?: number;
  jitterMs?: number;
  /** Bytes a second. */
  bandwidth?: number;
  /** Bytes per piece: what was written at once arrives in many. */
  slice?: number;
  /** Takes everything and passes nothing on, also on connections that stand: the peer is not told. */
  blackHole?: boolean;
  /** Resets a connection after so many bytes. */
  resetAfterBytes?: number;
};

export type TcpProxy = AsyncDisposable & {
  port: number;
  /** Where new connections go. */
  aim(port: number): void;
  /** Replaces the weather, for connections that stand as well. */
  weather: Weather;
  /** Refuses new connections, and resets those that stand. */
  down(): void;
  up(): void;
  readonly connections: number;
};

/** A TCP proxy on loopback that can be as bad as a network. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let port = target;
  let isDown = false;
  let weather: Weather = {};

  const server = createServer((client) => {
    if (isDown) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port, host: '127.0.0.1' });
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end).setNoDelay();
    void pump(client, upstream, () => weather, end);
    void pump(upstream, client, () => weather, end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reset = () => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  };

  return {
    port: (server.address() as { port: number }).port,
    aim: (next) => {
      port = next;
    },
    get weather() {
      return weather;
    },
    set weather(next) {
      weather = next;
    },
    down() {
      isDown = true;
      reset();
    },
    up() {
      isDown = false;
    },
    get connections() {
      return pairs.size;
    },
    async [Symbol.asyncDispose]() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pump(from: Socket, to: Socket, weather: () => Weather, end: () => void) {
  let passed = 0;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const { slice = chunk.length } = weather();
      for (let at = 0; at < chunk.length; at += slice) {
        const piece = chunk.subarray(at, at + slice);
        const { latencyMs = 0, jitterMs = 0, bandwidth, resetAfterBytes } = weather();
        const paceMs = bandwidth ? (piece.length * 1000) / bandwidth : 0;
        const lateMs = latencyMs + jitterMs * Math.random() + paceMs;
        if (lateMs > 0) await sleep(lateMs);
        // Bytes that fell into the hole never come out: the stream is broken for good.
        while (weather().blackHole && !to.destroyed) await sleep(50);
        passed += piece.length;
        if (resetAfterBytes !== undefined && passed > resetAfterBytes) {
          to.resetAndDestroy();
          return;
        }
        if (!to.write(piece))
          await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      }
    }
    to.end();
  } catch {
    end();
  }
}
