import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { redisServerMissing } from '../support/redis-server.ts';
import { startCluster, UNHURRIED } from './support/cluster.ts';
import { startKillablePostgres } from './support/killable-postgres.ts';
import { peakMiB } from './support/processes.ts';
import { HEAD, pour, startRaw } from './support/raw-server.ts';

const COUNT = 100;
// Until its heap has the size that it works with: the sixth round alone adds 16 MiB, the twentieth one.
const CALM_ROUNDS = 15;
const bomb = gzipSync(Buffer.alloc(100_000_000));

test.skipIf(redisServerMissing())(
  'fault 13: a hundred receivers that send too much at once cost a worker less than 20 MiB',
  async () => {
    const waiting: Socket[] = [];
    let isIll = false;
    await using receiver = await startRaw((socket) => {
      socket.once('data', () => {
        if (!isIll) {
          // As many at once as can be had: none is answered before the others are there.
          setTimeout(behave, 300, socket);
          return;
        }
        waiting.push(socket);
        if (waiting.length < COUNT) return;
        // Whoever has no answer from these tries again later, and finds it well.
        isIll = false;
        for (const [n, one] of waiting.entries()) overwhelm(one, n);
      });
    }, '0.0.0.0');
    await using postgres = await startKillablePostgres();
    // A hundred destinations: of one, ten calls at most are under way at first.
    await using cluster = await startCluster({
      ...{ postgres, affiliates: COUNT },
      urlOf: (n) => `http://127.0.1.${n + 1}:${receiver.port}/f${n}`,
      variables: { ...UNHURRIED, VOLLEY_ALLOW_TARGETS: '127.0.0.0/8' },
    });
    const worker = cluster.workers[0]?.pid ?? 0;
    const round = async () => {
      await cluster.report(COUNT);
      await cluster.settled();
    };
    // As much as it needs for as many calls at once to receivers that behave.
    const calmMiB = await peakMiB(worker, async () => {
      for (let rounds = 0; rounds < CALM_ROUNDS; rounds += 1) await round();
    });
    isIll = true;
    const grownMiB = (await peakMiB(worker, round)) - calmMiB;
    console.log(`fault 13: the worker grew by ${grownMiB.toFixed(1)} MiB`);
    const [longest] = await cluster.sql(
      `SELECT max(octet_length(response_body)) AS bytes, count(DISTINCT final_url)::int FROM postback_attempt`,
    );

    expect(waiting).toHaveLength(COUNT);
    expect(longest).toEqual({ bytes: 8_192, count: (CALM_ROUNDS + 1) * COUNT });
    expect(grownMiB).toBeLessThan(20);
  },
);

/** An answer as long as what is kept of one. */
function behave(socket: Socket): void {
  socket.end(`${HEAD}content-length: 8192\r\n\r\n${'x'.repeat(8_192)}`);
}

/** Bodies without an end, bombs, and headers without an end. */
function overwhelm(socket: Socket, n: number): void {
  if (n % 3 === 0) pour(socket);
  else if (n % 3 === 1) socket.end(Buffer.concat([Buffer.from(BOMB_HEAD), bomb]));
  else pour(socket, 'HTTP/1.1 200 OK\r\nx-endless: ');
}

const BOMB_HEAD = `${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;
