// Runs one of the peers as a worker in a process of its own: run-peer.mjs <file>. The peer is opened with what is to be
// done per job, and answers how jobs are added to it.
import { serveCalls } from '../support/serve-calls.ts';
import { openAttemptLog } from './attempt-log.mjs';
import { makeAttempt } from './make-attempt.mjs';

const { openPeer } = await import(`./${process.argv[2]}`);
let peer;

serveCalls({
  async open({ databaseUrl, redisUrl, tuned, concurrency }) {
    const log = openAttemptLog(databaseUrl);
    // Of those that failed, how often: no two attempts of one postback have one number.
    const failed = new Map();
    const fire = async (postback) => {
      const { postbackId } = postback;
      const number = (failed.get(postbackId) ?? 0) + 1;
      const attempt = await makeAttempt({ ...postback, number });
      await log.add(attempt);
      if (attempt.statusCode === 200) return;
      failed.set(postbackId, number);
      // What its own retries are for.
      throw new Error(`answered ${attempt.statusCode}`);
    };
    peer = await openPeer({ databaseUrl, redisUrl, tuned, concurrency, fire });
  },
  /** @param postbacks what to call, with the time each is due */
  add: (postbacks) => peer.add(postbacks),
});
