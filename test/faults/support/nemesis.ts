import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { KillablePostgres } from './killable-postgres.ts';
import { between, type Random } from './seeds.ts';
import type { Behaviour } from './sink.ts';

export type Nemesis = {
  /** One fault, chosen by the seed, from its beginning to its end; answers its name. */
  strike(): Promise<string>;
  readonly strikes: number;
  /** How the workers ended that were asked to; 0 for all is well. */
  exits(): Promise<(number | null)[]>;
};

/** Everything that may go wrong around a cluster, in an order that a seed repeats. */
export function createNemesis(
  cluster: Cluster,
  postgres: KillablePostgres,
  random: Random,
): Nemesis {
  const exits: Promise<number | null>[] = [];
  let strikes = 0;
  const pause = (low: number, high: number) => sleep(between(random, low, high));
  const oneOf = <Item>(some: readonly Item[]) => some[Math.floor(random() * some.length)] as Item;
  const heal = (proxy: Cluster['redisProxy']) => {
    proxy.weather = {};
    proxy.down();
    proxy.up();
  };

  // Only the deaths and freezes of workers go by `cluster`, which notes what they had in flight: nothing else
  // explains a repeat.
  const faults: Record<string, () => Promise<void>> = {
    async 'worker killed'() {
      await cluster.crash(oneOf(cluster.workers));
      await cluster.startWorker();
    },
    async 'worker frozen'() {
      const thaw = await cluster.freeze(oneOf(cluster.workers));
      await pause(500, 5_000);
      thaw();
    },
    async 'worker replaced'() {
      await cluster.startWorker();
      exits.push(cluster.drain());
    },
    async 'API killed'() {
      await cluster.restartApi();
    },
    async 'Redis wiped'() {
      await cluster.redisCommand('FLUSHALL');
    },
    async 'Redis restarted'() {
      await cluster.restartRedis(() => pause(0, 1_000));
    },
    async 'Redis frozen'() {
      const { pid } = cluster.redis;
      process.kill(pid, 'SIGSTOP');
      await pause(500, 4_000);
      process.kill(pid, 'SIGCONT');
    },
    async 'Redis silent'() {
      cluster.redisProxy.weather = { blackHole: true };
      await pause(500, 3_000);
      heal(cluster.redisProxy);
    },
    async 'PostgreSQL killed'() {
      postgres.signal(oneOf(['SIGKILL', 'SIGQUIT', 'SIGINT']));
      await pause(500, 2_000);
      await postgres.restart();
      cluster.postgresProxy.aim(postgres.port);
    },
    async 'PostgreSQL frozen'() {
      const thaw = postgres.freeze();
      await pause(500, 7_000);
      thaw();
    },
    async 'PostgreSQL silent'() {
      cluster.postgresProxy.weather = { blackHole: true };
      await pause(500, 3_000);
      heal(cluster.postgresProxy);
    },
    async 'table locked'() {
      const seconds = between(random, 0.5, 6);
      await cluster.sql(`BEGIN; LOCK TABLE postback; SELECT pg_sleep(${seconds}); COMMIT`);
    },
    async 'slow network'() {
      const weather = { latencyMs: 3, jitterMs: between(random, 10, 60), slice: 900 };
      cluster.redisProxy.weather = weather;
      cluster.postgresProxy.weather = weather;
      await pause(1_000, 3_000);
      cluster.redisProxy.weather = {};
      cluster.postgresProxy.weather = {};
    },
    async 'receiver ill'() {
      const illness = oneOf<Behaviour>([
        { status: 503 },
        { status: 429, headers: { 'retry-after': '2' } },
        { status: 200, afterMs: 800 },
        'hang',
      ]);
      const path = `/${oneOf(cluster.affiliates).affid}`;
      cluster.sink.behave(path, illness);
      await pause(1_000, 4_000);
      cluster.sink.behave(path, { status: 200 });
    },
  };
  const names = Object.keys(faults);

  return {
    async strike() {
      const name = oneOf(names);
      strikes += 1;
      await faults[name]?.();
      return name;
    },
    get strikes() {
      return strikes;
    },
    exits: () => Promise.all(exits),
  };
}
