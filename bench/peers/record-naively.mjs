import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { Queue } from 'bullmq';
import { PrismaClient } from '../../src/store/generated/client/client.ts';

const DEFAULT_INTEGRATION = '00000000-0000-7000-8000-000000000001';

/** What one writes first: find the click, create the event, add a delayed job. Prisma on Volley's own tables. */
export function openNaiveRecorder({ databaseUrl, redisUrl }) {
  const adapter = new PrismaPg({ connectionString: databaseUrl, max: 20 });
  const db = new PrismaClient({ adapter });
  const { hostname: host, port, password } = new URL(redisUrl);
  const queue = new Queue('postbacks', { connection: { host, port: Number(port), password } });
  return async function recordEvent({ clickId, type, transactionId, amount, currency }) {
    const click = await db.click.findUnique({ where: { clickId } });
    const event = await db.event.create({
      data: {
        ...{
          id: randomUUID(),
          integrationId: DEFAULT_INTEGRATION,
          type,
          status: 'APPROVED',
          revision: 1,
        },
        ...{
          transactionId,
          amount,
          currency,
          clickId,
          clickRowId: click?.id ?? null,
          occurredAt: new Date(),
        },
      },
    });
    await queue.add('postback', { eventId: event.id }, { delay: 5_000, attempts: 8 });
    return { __typename: 'RecordEventPayload', duplicate: false, event: { id: event.id } };
  };
}

/** A click as one would store it first: the affiliate and the campaign are looked up, then one row. */
export function openNaiveClicks({ databaseUrl }) {
  const adapter = new PrismaPg({ connectionString: databaseUrl, max: 20 });
  const db = new PrismaClient({ adapter });
  return async function recordClick({ affid, campaign: code, affclickid }, entryUrl) {
    const affiliate = await db.affiliate.findUniqueOrThrow({ where: { affid } });
    const campaign = await db.campaign.findUniqueOrThrow({ where: { code } });
    const clickId = randomUUID().replaceAll('-', '');
    const parameters = [{ name: 'affclickid', value: affclickid }];
    await db.click.create({
      data: {
        ...{ id: randomUUID(), clickId, affiliateId: affiliate.id, campaignId: campaign.id },
        ...{ entryUrl, parameters, warnings: [], affclickid },
      },
    });
    return `${campaign.landingUrl}?clickid=${clickId}`;
  };
}
