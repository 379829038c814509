import { z } from 'zod';
import { checkLinkParameters } from '../clicks/entry-url.ts';
import { findLandingUrlProblem } from '../clicks/landing-url.ts';
import { AFFILIATE_PERMISSIONS } from '../pixels/permissions.ts';
import type { Ids } from '../platform/ids.ts';
import {
  ConflictError,
  code,
  InvalidInputError,
  NotFoundError,
  parseInput,
  text,
} from '../platform/refusals.ts';
import type { Db } from '../store/database.ts';
import { Prisma } from '../store/generated/client/client.ts';

type Deps = { db: Db; ids: Pick<Ids, 'row'> };

export const name = text(200);

/** Each once, however often it was named. */
export const permissions = z
  .array(z.enum(AFFILIATE_PERMISSIONS))
  .transform((named) => AFFILIATE_PERMISSIONS.filter((permission) => named.includes(permission)));

const affiliateInput = z.object({
  affid: code,
  name,
  kind: z.enum(['AFFILIATE', 'IB']).nullish(),
  parentId: z.string().nullish(),
  pixelsNeedApproval: z.boolean().nullish(),
  permissions: permissions.nullish(),
});

/** Makes an affiliate; answers its id. Below another one only when that is an introducing broker. */
export async function createAffiliate({ db, ids }: Deps, input: unknown): Promise<string> {
  const { affid, name, kind, parentId, ...rules } = parseInput(affiliateInput, input);
  if (parentId) {
    const parent = await db.affiliate.findUnique({ where: { id: parentId } });
    if (!parent) throw new NotFoundError('no affiliate has this parentId');
    if (parent.kind !== 'IB') {
      const message = `affiliate ${parent.affid} is no introducing broker (kind IB), so none can be below it`;
      throw new InvalidInputError([{ path: ['parentId'], message }]);
    }
  }
  const data = {
    id: ids.row(),
    affid,
    name,
    kind: kind ?? 'AFFILIATE',
    parentId: parentId ?? null,
    pixelsNeedApproval: rules.pixelsNeedApproval ?? false,
    permissions: rules.permissions ?? [],
  };
  return unique(db.affiliate.create({ data }), `the affid ${affid} is taken`);
}

const offerInput = z.object({ code, name });

/** Makes an offer; answers its id. */
export async function createOffer({ db, ids }: Deps, input: unknown): Promise<string> {
  const data = { id: ids.row(), ...parseInput(offerInput, input) };
  return unique(db.offer.create({ data }), `the offer code ${data.code} is taken`);
}

export const landingUrl = text(2048).superRefine((url, context) => {
  const problem = findLandingUrlProblem(url);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});
const campaignInput = z.object({ code, name, offerId: z.string(), landingUrl });

/** Makes a campaign of an offer; answers its id. */
export async function createCampaign({ db, ids }: Deps, input: unknown): Promise<string> {
  const data = { id: ids.row(), ...parseInput(campaignInput, input) };
  if (!(await db.offer.findUnique({ where: { id: data.offerId } }))) {
    throw new NotFoundError('no offer has this offerId');
  }
  return unique(db.campaign.create({ data }), `the campaign code ${data.code} is taken`);
}

export const delaySeconds = z
  .number()
  .refine((seconds) => Number.isInteger(seconds) && seconds >= 5 && seconds <= 300, {
    error: ({ input }) => `must be 5 to 300 whole seconds; it was ${String(input)}`,
  });
const integrationInput = z.object({ name, delaySeconds: delaySeconds.nullish() });

/** Makes an integration; answers its id. */
export async function createIntegration({ db, ids }: Deps, input: unknown): Promise<string> {
  const { name, delaySeconds } = parseInput(integrationInput, input);
  const data = { id: ids.row(), name, delaySeconds: delaySeconds ?? 5 };
  return unique(db.integration.create({ data }), `the integration name "${name}" is taken`);
}

const eventTypeInput = z.object({ code, name });

/** Makes an event type; answers its id. */
export async function createEventType({ db, ids }: Deps, input: unknown): Promise<string> {
  const data = { id: ids.row(), ...parseInput(eventTypeInput, input) };
  return unique(db.eventType.create({ data }), `the event type ${data.code} exists`);
}

const trackingLinkInput = z.object({
  affiliateId: z.string(),
  campaignId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .nullish()
    .transform((given) => given ?? []),
});

/** Makes a tracking link; the caller has checked that the affiliate is the viewer's to manage. */
export async function createTrackingLink({ db, ids }: Deps, input: unknown): Promise<string> {
  const data = { id: ids.row(), ...parseInput(trackingLinkInput, input) };
  const issues = checkLinkParameters(data.parameters);
  if (issues.length > 0) throw new InvalidInputError(issues);
  if (!(await db.campaign.findUnique({ where: { id: data.campaignId } }))) {
    throw new NotFoundError('no campaign has this campaignId');
  }
  return (await db.trackingLink.create({ data })).id;
}

/** Answers the id of what was written, or a ConflictError when a unique value is taken. */
export async function unique(written: Promise<{ id: string }>, conflict: string): Promise<string> {
  try {
    return (await written).id;
  } catch (thrown) {
    if (thrown instanceof Prisma.PrismaClientKnownRequestError && thrown.code === 'P2002') {
      throw new ConflictError(conflict);
    }
    throw thrown;
  }
}
