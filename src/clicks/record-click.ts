import { isbot } from 'isbot';
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../platform/clock.ts';
import type { Coalescer } from '../platform/coalescer.ts';
import type { Ids } from '../platform/ids.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../platform/refusals.ts';
import type { NewClick } from '../store/clicks.ts';
import { readEntryUrl } from './entry-url.ts';
import { fillLandingUrl } from './landing-url.ts';
import type { Locate } from './locate.ts';
import { readLanguage } from './visitor.ts';

/** A visit of an entry URL, exactly as it came in. */
export type Visit = {
  entryUrl: string;
  ip: string | null;
  userAgent: string | null;
  referrer: string | null;
  acceptLanguage: string | null;
};

/** A stored click and where its visitor goes on to. */
export type RecordedClick = { click: NewClick; landingUrl: string };

export type RecordClick = (visit: Visit) => Promise<RecordedClick>;

type Deps = {
  catalog: Catalog;
  /** Writes clicks; resolves when the click is on disk. */
  clicks: Pick<Coalescer<NewClick, void>, 'add'>;
  ids: Pick<Ids, 'row' | 'click'>;
  clock: Clock;
  locate: Locate;
};

/**
 * Room for 50 parameters with names of 64 and values of 1,024 ASCII characters, every one of them
 * percent-encoded: 50 x (192 + 3,072 + 2) and what comes before (product: Limits).
 */
export const MAX_ENTRY_URL = 160 * 1024;
/** Of the page a visitor came from; browsers send far less (the origin alone, from another site). */
export const MAX_REFERRER = 2_048;

/**
 * Stores the click of a visit. A bot's is flagged and redirected like any other: what looks like one may
 * be a preview of the very link somebody is about to open.
 *
 * Throws InvalidInputError when the URL is no entry URL, NotFoundError for an unknown affiliate or
 * campaign, ConflictError for a paused one; anything else means the store did not answer.
 */
export function createRecordClick({ catalog, clicks, ids, clock, locate }: Deps): RecordClick {
  return async ({ entryUrl, ip, userAgent, referrer, acceptLanguage }) => {
    if (entryUrl.length > MAX_ENTRY_URL) {
      const message = `has ${entryUrl.length} characters, ${MAX_ENTRY_URL} at most are allowed`;
      throw new InvalidInputError([{ path: ['entryUrl'], message }]);
    }
    const read = readEntryUrl(entryUrl);
    if (read.affid === null || read.campaign === null) {
      throw new InvalidInputError(read.issues.map((message) => ({ path: ['entryUrl'], message })));
    }
    const [affiliate, campaign] = await Promise.all([
      catalog.affiliate(read.affid),
      catalog.campaign(read.campaign),
    ]);
    if (!affiliate) throw new NotFoundError(`no affiliate has the affid ${read.affid}`);
    if (!campaign) throw new NotFoundError(`no campaign has the code ${read.campaign}`);
    if (affiliate.status === 'PAUSED') throw new ConflictError(`affiliate ${read.affid} is paused`);
    if (campaign.status === 'PAUSED') {
      throw new ConflictError(`campaign ${read.campaign} is paused`);
    }
    const click: NewClick = {
      id: ids.row(),
      clickId: ids.click(),
      affiliateId: affiliate.id,
      campaignId: campaign.id,
      entryUrl,
      parameters: read.parameters,
      warnings: [...read.warnings, ...findReferrerWarnings(referrer)],
      ip,
      userAgent: userAgent?.slice(0, 1024).toWellFormed() ?? null,
      referrer: isTooLong(referrer) ? null : referrer?.toWellFormed() || null,
      language: readLanguage(acceptLanguage),
      ...locate(ip),
      isBot: isbot(userAgent),
      affclickid: read.parameters.find(({ name }) => name === 'affclickid')?.value || null,
      createdAt: clock.now(),
    };
    await clicks.add(click);
    return { click, landingUrl: fillLandingUrl(campaign.landingUrl, click.clickId) };
  };
}

function isTooLong(referrer: string | null): boolean {
  return referrer !== null && referrer.length > MAX_REFERRER;
}

/** Left out whole, as a parameter would be: half an address leads somewhere else. */
function findReferrerWarnings(referrer: string | null): string[] {
  if (referrer === null || !isTooLong(referrer)) return [];
  const length = `${referrer.length} characters, ${MAX_REFERRER} at most are allowed`;
  return [`the referrer left out: it has ${length}`];
}
