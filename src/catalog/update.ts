import { z } from 'zod';
import { NotFoundError, parseInput } from '../platform/refusals.ts';
import type { Db } from '../store/database.ts';
import type { Catalog } from './catalog.ts';
import { delaySeconds, landingUrl, name, permissions, unique } from './create.ts';

type Deps = { db: Db; catalog: Pick<Catalog, 'forget'> };

const status = z.enum(['ACTIVE', 'PAUSED']);
/** What is left out, or null, stays as it is. */
const affiliateChanges = z.object({
  name: name.nullish(),
  status: status.nullish(),
  pixelsNeedApproval: z.boolean().nullish(),
  permissions: permissions.nullish(),
});
const campaignChanges = z.object({
  name: name.nullish(),
  landingUrl: landingUrl.nullish(),
  status: status.nullish(),
});

const offerChanges = z.object({ name: name.nullish() });
const integrationChanges = z.object({
  name: name.nullish(),
  delaySeconds: delaySeconds.nullish(),
});

/**
 * Changes an affiliate. PAUSED ends its redirects (410) at once in this process and within 5 s in
 * others; switching approval on, and taking permissions back, concerns what it saves from then on.
 */
export async function updateAffiliate(
  { db, catalog }: Deps,
  id: string,
  changes: unknown,
): Promise<void> {
  const data = given(parseInput(affiliateChanges, changes));
  const affiliate = await db.affiliate.findUnique({ where: { id } });
  if (!affiliate) throw new NotFoundError('no affiliate has this affiliateId');
  await db.affiliate.update({ where: { id }, data });
  catalog.forget({ affid: affiliate.affid });
}

/** Changes a campaign: the landing URL counts for the next visitor, PAUSED answers 410. */
export async function updateCampaign(
  { db, catalog }: Deps,
  id: string,
  changes: unknown,
): Promise<void> {
  const data = given(parseInput(campaignChanges, changes));
  const campaign = await db.campaign.findUnique({ where: { id } });
  if (!campaign) throw new NotFoundError('no campaign has this campaignId');
  await db.campaign.update({ where: { id }, data });
  catalog.forget({ campaign: campaign.code });
}

/** Changes an offer: `{offer_name}` is the new name from the next call on. */
export async function updateOffer(
  { db }: Pick<Deps, 'db'>,
  id: string,
  changes: unknown,
): Promise<void> {
  const data = given(parseInput(offerChanges, changes));
  if (!(await db.offer.findUnique({ where: { id } }))) {
    throw new NotFoundError('no offer has this offerId');
  }
  await db.offer.update({ where: { id }, data });
}

/**
 * Changes an integration. The delay counts for the events that are reported from then on, at once in
 * this process and within 5 s in others; what is planned keeps its due time.
 */
export async function updateIntegration(
  { db, catalog }: Deps,
  id: string,
  changes: unknown,
): Promise<void> {
  const data = given(parseInput(integrationChanges, changes));
  if (!(await db.integration.findUnique({ where: { id } }))) {
    throw new NotFoundError('no integration has this integrationId');
  }
  const conflict = `the integration name "${data.name}" is taken`;
  await unique(db.integration.update({ where: { id }, data }), conflict);
  catalog.forget({ integration: id });
}

type Given<Changes> = { [Field in keyof Changes]?: NonNullable<Changes[Field]> };

function given<Changes extends object>(changes: Changes): Given<Changes> {
  const entries = Object.entries(changes).filter(([, value]) => value != null);
  return Object.fromEntries(entries) as Given<Changes>;
}
