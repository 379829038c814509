import type { Config } from './config.ts';
import type { ReceiveEcho } from './echo/receive-echo.ts';
import type { PixelSecrets } from './pixels/secrets.ts';
import type { Clock } from './platform/clock.ts';
import { coalesce } from './platform/coalescer.ts';
import { createFaultPoint } from './platform/fault-point.ts';
import { isolate } from './platform/isolate.ts';
import { keepTrying } from './platform/keep-trying.ts';
import type { Report } from './platform/report.ts';
import { guardedAgent } from './postbacks/address-guard.ts';
import { type Claimed, createFire, type Fire } from './postbacks/fire.ts';
import { answerOwnEchoes } from './postbacks/own-echo.ts';
import { type SendResult, send } from './postbacks/send.ts';
import type { DelayedQueue, NextTime } from './queue/delayed-queue.ts';
import type { Sql } from './store/database.ts';
import { type Finished, finishPostbacks, type Outcome } from './store/outcomes.ts';
import { type LoadedPostback, loadOpenPostbacks, suspectPostback } from './store/postbacks.ts';
import { isPassingFault } from './store/store-fault.ts';

type Deps = {
  config: Config;
  sql: Sql;
  queue: DelayedQueue;
  secrets: PixelSecrets;
  clock: Clock;
  monotonicMs: () => number;
  random: () => number;
  makeId: () => string;
  /** Tells the live stream that attempts were committed. */
  announce: () => void;
  /** Base of the URLs of this service, whose echo receivers are called without a socket. */
  publicUrl: () => string;
  receiveEcho: ReceiveEcho;
  /** Tells how a destination answered. */
  answered: (postback: LoadedPostback, result: SendResult) => void;
  report: Report;
};

export type Delivery = AsyncDisposable & {
  fire: Fire;
  /** Items that wait for a flush, by coalescer. */
  depths(): Record<string, number>;
};

/**
 * Everything one attempt needs, wired: the guarded client, and the batches in which outcomes are
 * recorded and ids are released. Disposing waits until all outcomes are on disk.
 */
export function openDelivery(deps: Deps): Delivery {
  const { config, sql, queue, clock, report } = deps;
  const load = coalesce<{ id: string; crashed: boolean }, LoadedPostback | undefined>({
    async flush(batch) {
      const crashed = batch.filter((it) => it.crashed).map(({ id }) => id);
      const rows = await loadOpenPostbacks(
        sql,
        batch.map(({ id }) => id),
        crashed,
      );
      const byId = new Map(rows.map((row) => [row.id, row]));
      return batch.map(({ id }) => byId.get(id));
    },
  });
  const finish = coalesce<Outcome, Finished>({
    // An outcome is worth keeping: the call cannot be taken back. While PostgreSQL is down it waits here,
    // and its lease is renewed.
    flush: (batch) =>
      isolate(batch, (part) =>
        keepTrying(() => finishPostbacks(sql, part), {
          isPassing: isPassingFault,
          onHeld: (thrown) => report.outcomesHeld(part.length, thrown),
        }),
      ),
  });
  // After commit: what is finished leaves the queue, what is retried gets its next time. What was not found
  // as it was left is leased again, unless somebody else has it, and tried once more.
  function moving<Item extends { claim: Claimed }, Moved extends Claimed>(
    move: (items: Moved[]) => Promise<Moved[]>,
    read: (item: Item) => Moved,
  ) {
    return coalesce<Item, void>({
      flush: async (batch) => {
        // Its lease as it is now: it may have been renewed since.
        const missed = await move(batch.map(read));
        if (missed.length > 0) await move((await queue.hold(missed)).extended);
        return batch.map(() => undefined);
      },
    });
  }
  const complete = moving(queue.complete<Claimed>, ({ claim }) => claim);
  const giveBack = moving(queue.release<Claimed>, ({ claim }) => claim);
  const reschedule = moving(
    queue.reschedule<Claimed & NextTime>,
    ({ claim, next }: { claim: Claimed; next: NextTime }) => ({ ...claim, ...next }),
  );

  const agent = guardedAgent({ allow: config.allowTargets });
  const dispatcher = agent.compose(
    answerOwnEchoes({ publicUrl: deps.publicUrl, receive: deps.receiveEcho }),
  );
  const fire = createFire({
    load: (id, crashed) => load.add({ id, crashed }),
    suspect: (id, isFired) =>
      isFired
        ? suspectPostback(sql, id, true)
        : // Or the next load would take it for guilty of a third death.
          keepTrying(() => suspectPostback(sql, id, false), {
            isPassing: isPassingFault,
            onHeld: (thrown) => report.loopFailed('clear a suspect', thrown, { postbackId: id }),
          }),
    finish,
    send: (request) =>
      send(request, {
        dispatcher,
        now: () => clock.now().getTime(),
        deadlineMs: config.deadlineMs,
      }),
    answered: deps.answered,
    openSecrets: deps.secrets.open,
    complete: (claim) => complete.add({ claim }),
    reschedule: (claim, next) => reschedule.add({ claim, next }),
    giveBack: (claim) => giveBack.add({ claim }),
    announce: deps.announce,
    clock,
    monotonicMs: deps.monotonicMs,
    // Whoever sends by then is answered before the lease ends, with a twentieth of it to spare.
    maxLeaseAgeMs: config.leaseMs * 0.95 - config.deadlineMs,
    reach: createFaultPoint(config.faultAt),
    random: deps.random,
    makeId: deps.makeId,
    version: config.version,
    report,
  });
  return {
    fire,
    depths: () => ({
      load: load.depth,
      finish: finish.depth,
      complete: complete.depth,
      reschedule: reschedule.depth,
    }),
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      await finish.idle();
      await Promise.all([complete.idle(), reschedule.idle(), giveBack.idle()]);
    },
  };
}
