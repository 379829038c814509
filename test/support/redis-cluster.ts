import { Redis } from 'ioredis';
import { freePort, startRedisServer, type TestRedisServer } from './redis-server.ts';

/** A Redis Cluster of masters without replicas, all on the loopback. */
export type TestRedisCluster = AsyncDisposable & {
  /** A `redis+cluster://` URL that names every node. */
  url: string;
  nodes: TestRedisServer[];
};

const SLOTS = 16_384;

/** Starts a cluster of `size` masters that share the slots evenly; resolves when it serves. */
export async function startRedisCluster(size = 2): Promise<TestRedisCluster> {
  const buses = await Promise.all(Array.from({ length: size }, freePort));
  const nodes = await Promise.all(
    // The bus port is by default the port + 10,000, which may not exist.
    buses.map((bus) =>
      startRedisServer({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(bus)] }),
    ),
  );
  const clients = nodes.map((node) => new Redis(node.url));
  for (const [at, client] of clients.entries()) {
    const share = [Math.floor((SLOTS * at) / size), Math.floor((SLOTS * (at + 1)) / size) - 1];
    await client.call('cluster', 'addslotsrange', ...share);
    await client.call('cluster', 'set-config-epoch', at + 1);
    await clients[0]?.call('cluster', 'meet', '127.0.0.1', nodes[at]?.port ?? 0, buses[at] ?? 0);
  }
  // Gossip has no event to wait for; it takes a second or two.
  const serves = async (client: Redis) =>
    String(await client.cluster('INFO')).includes('cluster_state:ok');
  while (!(await Promise.all(clients.map(serves))).every(Boolean)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const client of clients) client.disconnect();
  return {
    url: `redis+cluster://${nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}`,
    nodes,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
