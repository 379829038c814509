import { expect, test } from 'vitest';
import type { Claimed } from '../../../src/postbacks/fire.ts';
import { holdInHand } from '../../../src/postbacks/lease-keeper.ts';

const LEASE_MS = 20_000;

/** Leases one id again that was leased at 0; Redis is asked at a time, and answers later. */
async function holdAt(askedAtMs: number, answeredAtMs: number): Promise<Claimed> {
  const claim: Claimed = {
    ...{ id: 'p1', group: 'a', lane: 'd', leaseScore: 1.5, wasDueAtMs: 0, expired: false },
    leasedAtMs: 0,
  };
  let nowMs = askedAtMs;
  await holdInHand(
    {
      queue: {
        async hold(claims) {
          nowMs = answeredAtMs;
          return { extended: claims.map((it) => ({ ...it, leaseScore: 2.5 })), lost: [] };
        },
      },
      inHand: new Map([[claim.id, claim]]),
      leaseMs: LEASE_MS,
      monotonicMs: () => nowMs,
    },
    () => true,
  );
  return claim;
}

test('what is leased again counts from when it was asked for', async () => {
  const held = await holdAt(19_000, LEASE_MS);

  expect(held).toMatchObject({ leaseScore: 2.5, leasedAtMs: 19_000 });
  expect(held.hasLapsed).toBeUndefined();
});

test('what may have been leased again only after its lease was over has lapsed', async () => {
  expect(await holdAt(19_000, LEASE_MS + 1)).toMatchObject({ leasedAtMs: 19_000, hasLapsed: true });
});
