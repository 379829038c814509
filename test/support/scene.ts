import type { Log } from '../../src/platform/log.ts';
import type { CreatePixelInput, RecordEventInput } from '../gql/graphql.ts';
import { expectType, type TestApi } from './api.ts';
import { makeApp, type TestApp } from './make-app.ts';
import { CREATE_AFFILIATE, POSTBACKS, RECORD_EVENT } from './operations.ts';
import { seedClick, seedPixel, seedReference } from './seed.ts';

/** An affiliate of one test, with an entry URL that carries its affclickid. */
export type SceneAffiliate = { affid: string; affiliateId: string; entryUrl: string };

/** A Volley for a whole file: campaign 2001, an integration, and an affiliate of its own per test. */
export type Scene = TestApp & {
  campaignId: string;
  offerId: string;
  integrationId: string;
  affiliate(parentId?: string): Promise<SceneAffiliate>;
  /** Makes a pixel on FirstDeposit; answers its id. */
  pixel(affiliateId: string, changes: Partial<CreatePixelInput>): Promise<string>;
  /** Visits an entry URL; answers our click id. */
  click(entryUrl: string): Promise<string>;
  /** Reports a FirstDeposit of 50 USD. */
  event(clickId: string, changes?: Partial<RecordEventInput>): ReturnType<typeof reportEvent>;
  /** Runs any operation as ADMIN; throws with the answer when it holds errors. */
  read<Data>(query: string, variables?: object): Promise<Data>;
  /** The postbacks of an affiliate, newest first. */
  postbacks(affiliateId: string): Promise<ScenePostback[]>;
};

export type ScenePostback = Awaited<ReturnType<typeof readPostbacks>>[number];

export async function makeScene(variables: Record<string, string> = {}, log?: Log): Promise<Scene> {
  const volley = await makeApp(variables, log);
  const { admin } = volley;
  const { campaignId, offerId, integrationId } = await seedReference(admin);
  let count = 0;
  return {
    ...volley,
    campaignId,
    offerId,
    integrationId,
    async affiliate(parentId) {
      count += 1;
      const affid = `a${count}`;
      const input = {
        affid,
        name: `Affiliate ${affid}`,
        kind: 'IB' as const,
        ...(parentId && { parentId }),
      };
      const { createAffiliate } = await admin.run(CREATE_AFFILIATE, { input });
      const { id } = expectType(createAffiliate, 'CreateAffiliatePayload').affiliate;
      const entryUrl = `/click?affid=${affid}&campaign=2001&affclickid=1122223444455565666`;
      return { affid, affiliateId: id, entryUrl };
    },
    pixel: (affiliateId, changes) =>
      seedPixel(admin, {
        affiliateId,
        url: 'https://affiliate.example/?id={affclickid}&sum={amount}',
        triggerEvent: 'FirstDeposit',
        ...changes,
      }),
    click: (entryUrl) => seedClick(admin, entryUrl),
    event: (clickId, changes) => reportEvent(admin, { clickId, integrationId, ...changes }),
    async read<Data>(query: string, variables?: object) {
      const answer = await admin.ask(query, variables);
      if (!answer.data || answer.errors) throw new Error(`${query}\n${JSON.stringify(answer)}`);
      return answer.data as Data;
    },
    postbacks: (affiliateId) => readPostbacks(admin, affiliateId),
  };
}

async function reportEvent(api: TestApi, changes: Partial<RecordEventInput> & { clickId: string }) {
  const input = { type: 'FirstDeposit', amount: '50', currency: 'USD', ...changes };
  const { recordEvent } = await api.run(RECORD_EVENT, { input });
  return expectType(recordEvent, 'RecordEventPayload');
}

async function readPostbacks(api: TestApi, affiliateId: string) {
  const { postbacks } = await api.run(POSTBACKS, {
    first: 100,
    where: { affiliateIds: [affiliateId] },
  });
  return postbacks.nodes;
}

/** The row id inside a global id. */
export function rowIdIn(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().split(':')[1] ?? '';
}
