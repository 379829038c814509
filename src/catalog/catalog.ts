import { LRUCache } from 'lru-cache';
import { within } from '../platform/lifecycle.ts';
import type { Db } from '../store/database.ts';

/** Rows that change rarely and that every click and event needs. */
export type KnownAffiliate = { id: string; affid: string; status: 'ACTIVE' | 'PAUSED' };
export type KnownCampaign = {
  id: string;
  code: string;
  landingUrl: string;
  status: 'ACTIVE' | 'PAUSED';
};
export type KnownIntegration = { id: string; delaySeconds: number };

/** Look-ups by public code, answered from this process for a few seconds after the first. */
export type Catalog = {
  affiliate(affid: string): Promise<KnownAffiliate | null>;
  campaign(code: string): Promise<KnownCampaign | null>;
  integration(id: string): Promise<KnownIntegration | null>;
  hasEventType(code: string): Promise<boolean>;
  /** The codes of event types, in their order, the first 1,000 at most: to tell what might be meant. */
  eventTypeCodes(): Promise<readonly string[]>;
  /** Reads a row again at its next look-up: it was changed by this process. */
  forget(changed: { affid: string } | { campaign: string } | { integration: string }): void;
};

/** Changes made through another process are seen after this long. */
const FRESH_MS = 5_000;

/** A known code is answered with its last known row when the database takes longer than this. */
const STALE_WAIT_MS = 1_000;

/** The built-in integration of events that name none and whose key has none (first migration). */
export const DEFAULT_INTEGRATION_ID = '00000000-0000-7000-8000-000000000001';

/**
 * Caches found rows only: a code that is unknown now may be created a moment later.
 * While the database is unreachable a known code is still answered, with its last known row,
 * so that visitors keep being redirected.
 */
export function createCatalog(db: Db): Catalog {
  const affiliates = cached((affid: string) =>
    db.affiliate.findUnique({
      where: { affid },
      select: { id: true, affid: true, status: true },
    }),
  );
  const campaigns = cached((code: string) =>
    db.campaign.findUnique({
      where: { code },
      select: { id: true, code: true, landingUrl: true, status: true },
    }),
  );
  const integrations = cached((id: string) =>
    db.integration.findUnique({ where: { id }, select: { id: true, delaySeconds: true } }),
  );
  const eventTypes = cached((code: string) =>
    db.eventType.findUnique({ where: { code }, select: { code: true } }),
  );
  const codes = cached(async () => {
    const rows = await db.eventType.findMany({
      ...{ select: { code: true }, orderBy: { code: 'asc' }, take: 1_000 },
    });
    return rows.map(({ code }) => code);
  });
  return {
    affiliate: affiliates.find,
    campaign: campaigns.find,
    integration: integrations.find,
    hasEventType: async (code) => (await eventTypes.find(code)) !== null,
    eventTypeCodes: async () => (await codes.find('')) ?? [],
    forget(changed) {
      if ('affid' in changed) affiliates.forget(changed.affid);
      else if ('campaign' in changed) campaigns.forget(changed.campaign);
      else integrations.forget(changed.integration);
    },
  };
}

function cached<Row extends object>(
  load: (key: string) => Promise<Row | null>,
): { find: (key: string) => Promise<Row | null>; forget: (key: string) => void } {
  const rows = new LRUCache<string, Row>({ max: 50_000, ttl: FRESH_MS, noDeleteOnStaleGet: true });
  const loading = new Map<string, Promise<Row | null>>();

  function loadOnce(key: string): Promise<Row | null> {
    const running = loading.get(key);
    if (running) return running;
    const started = load(key)
      .then((row) => {
        if (row) rows.set(key, row);
        else rows.delete(key);
        return row;
      })
      .finally(() => loading.delete(key));
    loading.set(key, started);
    return started;
  }

  async function find(key: string): Promise<Row | null> {
    const fresh = rows.get(key);
    if (fresh) return fresh;
    const stale = rows.get(key, { allowStale: true });
    if (!stale) return loadOnce(key);
    const loaded = await within(STALE_WAIT_MS, loadOnce(key)).catch(() => undefined);
    return loaded === undefined ? stale : loaded;
  }

  return {
    find,
    forget(key) {
      rows.delete(key);
      // What is being read may be the row of before.
      loading.delete(key);
    },
  };
}
