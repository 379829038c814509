import { expectType, type TestApi } from '../../support/api.ts';
import { CREATE_AFFILIATE } from '../../support/operations.ts';
import { seedClick, seedPixel, seedReference } from '../../support/seed.ts';

/** What an affiliate's pixel calls: `a` is for the sums, `t` for fault points. */
export const QUERY = '?c={clickid}&t={transaction_id}&a={amount}';

/** An affiliate of a cluster, with one pixel and one click. */
export type FaultAffiliate = {
  affid: string;
  affiliateId: string;
  pixelId: string;
  clickId: string;
};

/** A crowd would have to wait for connections to PostgreSQL. */
const AT_A_TIME = 10;

/** Affiliates `f0`, `f1` ...; each calls a URL of its own. */
export async function seedAffiliates(
  admin: TestApi,
  count: number,
  urlOf: (n: number) => string,
): Promise<FaultAffiliate[]> {
  await seedReference(admin);
  const made: FaultAffiliate[] = [];
  while (made.length < count) {
    const next = Array.from({ length: Math.min(AT_A_TIME, count - made.length) }, async (_, n) => {
      const affid = `f${made.length + n}`;
      const input = { affid, name: affid };
      const { createAffiliate } = await admin.run(CREATE_AFFILIATE, { input });
      const affiliateId = expectType(createAffiliate, 'CreateAffiliatePayload').affiliate.id;
      const url = `${urlOf(made.length + n)}${QUERY}`;
      const pixelId = await seedPixel(admin, { affiliateId, triggerEvent: 'FirstDeposit', url });
      const clickId = await seedClick(admin, `/click?affid=${affid}&campaign=2001`);
      return { affid, affiliateId, pixelId, clickId };
    });
    made.push(...(await Promise.all(next)));
  }
  return made;
}
