import type { CreatePixelInput } from '../gql/graphql.ts';
import { expectType, type TestApi } from './api.ts';
import {
  CREATE_AFFILIATE,
  CREATE_CAMPAIGN,
  CREATE_INTEGRATION,
  CREATE_OFFER,
  CREATE_PIXEL,
  RECORD_CLICK,
} from './operations.ts';

export const ENTRY_URL = '/click?affid=101&campaign=2001&affclickid=1122223444455565666';

/** Affiliate 101, campaign 2001 of an offer, and an integration with a 5 s delay. */
export async function seedReference(api: TestApi) {
  const { createAffiliate } = await api.run(CREATE_AFFILIATE, {
    input: { affid: '101', name: 'Affiliate 101' },
  });
  const { createOffer } = await api.run(CREATE_OFFER, { input: { code: 'brand', name: 'Brand' } });
  const offerId = expectType(createOffer, 'CreateOfferPayload').offer.id;
  const landingUrl = 'https://brand.example/welcome';
  const { createCampaign } = await api.run(CREATE_CAMPAIGN, {
    input: { code: '2001', name: 'Campaign 2001', offerId, landingUrl },
  });
  const { createIntegration } = await api.run(CREATE_INTEGRATION, {
    input: { name: 'Brand events', delaySeconds: 5 },
  });
  return {
    affiliateId: expectType(createAffiliate, 'CreateAffiliatePayload').affiliate.id,
    offerId,
    campaignId: expectType(createCampaign, 'CreateCampaignPayload').campaign.id,
    integrationId: expectType(createIntegration, 'CreateIntegrationPayload').integration.id,
  };
}

/** The reference pixel: `click_id`, `payout_sum`, `currency` and two static parameters. */
export function referencePixel(receiverUrl: string, affiliateId: string): CreatePixelInput {
  return {
    affiliateId,
    url: `${receiverUrl}/postback?click_id={affclickid}&payout_sum={amount}&currency={currency}&source=track360&type=signup`,
    triggerEvent: 'FirstDeposit',
  };
}

/** Makes a pixel and answers its id. */
export async function seedPixel(api: TestApi, input: CreatePixelInput): Promise<string> {
  const { createPixel } = await api.run(CREATE_PIXEL, { input });
  return expectType(createPixel, 'CreatePixelPayload').pixel.id;
}

/** Visits an entry URL by mutation and answers our click id. */
export async function seedClick(api: TestApi, entryUrl = ENTRY_URL): Promise<string> {
  const { recordClick } = await api.run(RECORD_CLICK, { input: { entryUrl } });
  return expectType(recordClick, 'RecordClickPayload').click.clickId;
}
