import { type Api, payload } from './api.ts';
import { DemoError } from './demo-error.ts';
import type { PixelStatus } from './gql/graphql.ts';
import {
  CREATE_AFFILIATE,
  CREATE_CAMPAIGN,
  CREATE_INTEGRATION,
  CREATE_OFFER,
  CREATE_PIXEL,
  CREATE_TRACKING_LINK,
  FIND_INTEGRATION,
  FIND_SCENARIO,
  RESUME_PIXEL,
  UPDATE_PIXEL,
} from './operations.ts';

/** Another system's click id, longer than a float can hold exactly. */
export const AFFCLICKID = '1122223444455565666';
export const ENTRY_URL = `/click?affid=101&campaign=2001&affclickid=${AFFCLICKID}`;
export const DELAY_SECONDS = 5;
const TEMPLATE_PATH =
  '/postback?click_id={affclickid}&payout_sum={amount}&currency={currency}&source=track360&type=signup';

/** The reference scenario as it stands in Volley. */
export type Scenario = { template: string; pixelId: string; integrationId: string };

type KnownPixel = { id: string; url: string; status: PixelStatus; triggerEvent: string };

/** Makes what is missing of the reference scenario; a second run finds everything and makes nothing. */
export async function seedScenario(
  api: Api,
  receiverUrl: string,
  knownIntegrationId: string | null,
): Promise<Scenario> {
  const found = await api.run(FIND_SCENARIO, { affid: '101', campaign: '2001' });
  const affiliateId = found.affiliate?.id ?? (await createAffiliate(api));
  const campaignId = found.campaign?.id ?? (await createCampaign(api));
  if (!found.affiliate?.trackingLinks.nodes.some(({ entryUrl }) => entryUrl.endsWith(ENTRY_URL))) {
    const parameters = [{ name: 'affclickid', value: AFFCLICKID }];
    const input = { affiliateId, campaignId, parameters };
    const { createTrackingLink } = await api.run(CREATE_TRACKING_LINK, { input });
    payload(createTrackingLink, 'CreateTrackingLinkPayload');
  }
  const template = `${receiverUrl}${TEMPLATE_PATH}`;
  return {
    template,
    pixelId: await seedPixel(api, found.affiliate?.pixels.nodes ?? [], affiliateId, template),
    integrationId: await seedIntegration(api, knownIntegrationId),
  };
}

async function createAffiliate(api: Api): Promise<string> {
  const input = { affid: '101', name: 'Affiliate 101' };
  const { createAffiliate } = await api.run(CREATE_AFFILIATE, { input });
  return payload(createAffiliate, 'CreateAffiliatePayload').affiliate.id;
}

async function createCampaign(api: Api): Promise<string> {
  const offerId = await firstFree('brand', async (code) => {
    const { createOffer } = await api.run(CREATE_OFFER, { input: { code, name: 'Brand' } });
    if (createOffer.__typename === 'ConflictError') return null;
    return payload(createOffer, 'CreateOfferPayload').offer.id;
  });
  const landingUrl = 'https://brand.example/welcome';
  const input = { code: '2001', name: 'Campaign 2001', offerId, landingUrl };
  const { createCampaign } = await api.run(CREATE_CAMPAIGN, { input });
  return payload(createCampaign, 'CreateCampaignPayload').campaign.id;
}

/** One pixel for all runs: a new port of the receiver is a new version of it, never a second pixel. */
async function seedPixel(
  api: Api,
  pixels: KnownPixel[],
  affiliateId: string,
  url: string,
): Promise<string> {
  const isOurs = (pixel: KnownPixel) =>
    pixel.url.endsWith(TEMPLATE_PATH) &&
    pixel.triggerEvent === 'FirstDeposit' &&
    pixel.status !== 'DELETED';
  const pixel = pixels.find(isOurs);
  if (!pixel) {
    const input = { affiliateId, url, triggerEvent: 'FirstDeposit' };
    const { createPixel } = await api.run(CREATE_PIXEL, { input });
    return payload(createPixel, 'CreatePixelPayload').pixel.id;
  }
  if (pixel.status === 'PAUSED') {
    const { resumePixel } = await api.run(RESUME_PIXEL, { input: { pixelId: pixel.id } });
    payload(resumePixel, 'ResumePixelPayload');
  }
  if (pixel.url !== url) {
    const { updatePixel } = await api.run(UPDATE_PIXEL, { input: { pixelId: pixel.id, url } });
    payload(updatePixel, 'UpdatePixelPayload');
  }
  return pixel.id;
}

async function seedIntegration(api: Api, knownId: string | null): Promise<string> {
  if (knownId) {
    const { node } = await api.run(FIND_INTEGRATION, { id: knownId });
    if (node && 'delaySeconds' in node && node.delaySeconds === DELAY_SECONDS) return knownId;
  }
  return firstFree('Brand events', async (name) => {
    const input = { name, delaySeconds: DELAY_SECONDS };
    const { createIntegration } = await api.run(CREATE_INTEGRATION, { input });
    if (createIntegration.__typename === 'ConflictError') return null;
    return payload(createIntegration, 'CreateIntegrationPayload').integration.id;
  });
}

/** Offers and integrations cannot be looked up by name: a taken one is left alone, `<name>-2` is next. */
async function firstFree(
  name: string,
  create: (name: string) => Promise<string | null>,
): Promise<string> {
  for (let number = 1; number <= 100; number++) {
    const id = await create(number === 1 ? name : `${name}-${number}`);
    if (id) return id;
  }
  throw new DemoError(`${name} and 99 more names like it are taken`);
}
