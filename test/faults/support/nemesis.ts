import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, KillablePostgres } from './cluster.ts';
import type { Behaviour } from './sink.ts';

/** When something was wrong; `repeats`: calls that were under way then may be made again. */
export type FaultWindow = { name: string; from: number; to: number; repeats: boolean };

export type Nemesis = {
  windows: FaultWindow[];
  /** One fault, chosen by the seed, from its beginning to its end. */
  strike(): Promise<string>;
};

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Everything that may go wrong around a cluster, in an order that a seed repeats. */
export function createNemesis(
  cluster: Cluster,
  postgres: KillablePostgres,
  random: () => number,
): Nemesis {
  const windows: FaultWindow[] = [];
  const between = (low: number, high: number) => low + random() * (high - low);
  const heal = (proxy: Cluster['redisProxy']) => {
    proxy.weather = {};
    proxy.down();
    proxy.up();
  };

  const faults: Record<string, () => Promise<void>> = {
    async 'worker killed'() {
      cluster.workers.shift()?.kill('SIGKILL');
      await cluster.startWorker();
    },
    async 'worker replaced'() {
      await cluster.startWorker();
      cluster.workers.shift()?.kill('SIGTERM');
    },
    async 'worker frozen'() {
      const [worker] = cluster.workers;
      worker?.kill('SIGSTOP');
      await sleep(between(500, 5_000));
      worker?.kill('SIGCONT');
    },
    async 'Redis wiped'() {
      await cluster.redisCommand('FLUSHALL');
    },
    async 'Redis restarted'() {
      await cluster.restartRedis();
    },
    async 'Redis frozen'() {
      const { pid } = cluster.redis;
      process.kill(pid, 'SIGSTOP');
      await sleep(between(500, 4_000));
      process.kill(pid, 'SIGCONT');
    },
    async 'Redis silent'() {
      cluster.redisProxy.weather = { blackHole: true };
      await sleep(between(500, 3_000));
      heal(cluster.redisProxy);
    },
    async 'PostgreSQL killed'() {
      postgres.signal(random() < 0.5 ? 'SIGKILL' : 'SIGQUIT');
      await sleep(between(500, 2_000));
      await postgres.restart();
      cluster.postgresProxy.aim(postgres.port);
    },
    async 'PostgreSQL frozen'() {
      postgres.signal('SIGSTOP');
      await sleep(between(500, 4_000));
      postgres.signal('SIGCONT');
    },
    async 'PostgreSQL silent'() {
      cluster.postgresProxy.weather = { blackHole: true };
      await sleep(between(500, 3_000));
      heal(cluster.postgresProxy);
    },
    async 'slow network'() {
      const weather = { latencyMs: 3, jitterMs: between(10, 60), slice: 900 };
      cluster.redisProxy.weather = weather;
      cluster.postgresProxy.weather = weather;
      await sleep(between(1_000, 3_000));
      cluster.redisProxy.weather = {};
      cluster.postgresProxy.weather = {};
    },
    async 'receiver ill'() {
      const illnesses: Behaviour[] = [
        { status: 503 },
        { status: 429, headers: { 'retry-after': '2' } },
        { status: 200, afterMs: 800 },
        'hang',
      ];
      const path = `/f${Math.floor(between(0, 5))}`;
      cluster.sink.behave(path, illnesses[Math.floor(random() * illnesses.length)] as Behaviour);
      await sleep(between(1_000, 4_000));
      cluster.sink.behave(path, { status: 200 });
    },
  };
  const names = Object.keys(faults);
  // A slow network and an ill receiver are no reason for a repeat.
  const harmless = new Set(['slow network', 'receiver ill', 'worker replaced']);

  return {
    windows,
    async strike() {
      const name = names[Math.floor(random() * names.length)] as string;
      const window = { name, from: Date.now(), to: 0, repeats: !harmless.has(name) };
      windows.push(window);
      await faults[name]?.();
      window.to = Date.now();
      return name;
    },
  };
}
