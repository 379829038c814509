import { type DraftTemplate, renderDraft } from '../pixels/preview.ts';
import { compareRenderings, type ShadowChange, type ShadowRendering } from '../pixels/shadow.ts';
import type { PlaceholderValues } from '../pixels/values.ts';
import { valuesOf } from '../postbacks/render-postback.ts';
import { loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import { loadEventFacts } from '../store/events.ts';
import { loadRecentPostbacks } from '../store/postbacks.ts';

/** One event under the pixel as it is saved and as it was edited. */
export type ShadowResult = {
  eventId: string;
  clickId: string | null;
  before: ShadowRendering;
  after: ShadowRendering;
  changes: ShadowChange[];
};

/** A saved pixel, and what it would become. */
export type ShadowedPixel = {
  id: string;
  ownerAffid: string;
  current: DraftTemplate;
  edited: DraftTemplate;
};

/**
 * Renders a pixel as it is and as it was edited over the events of its newest postbacks, by the one
 * renderer and with the same moment as fire time. Sends, logs and writes nothing; three statements
 * however many events.
 */
export async function runShadow(
  sql: Sql,
  now: Date,
  { id, ownerAffid, current, edited }: ShadowedPixel,
  last: number,
): Promise<ShadowResult[]> {
  const postbacks = await loadRecentPostbacks(sql, id, last);
  const events = await loadEventFacts(
    sql,
    postbacks.map(({ eventId }) => eventId),
  );
  const clickIds = events.flatMap(({ clickId }) => clickId ?? []);
  const clicks = await loadClicks(sql, [...new Set(clickIds)]);
  const byId = new Map(events.map((event) => [event.id, event]));
  return postbacks.flatMap((postback) => {
    const event = byId.get(postback.eventId);
    if (!event) return [];
    const click = event.clickId === null ? null : (clicks.get(event.clickId) ?? null);
    const delivery = { attempt: 1, fireTime: now, test: false, ownerAffid };
    const values = valuesOf(event, click, { ...delivery, postbackId: postback.id });
    const [before, after] = [renderShadow(current, values), renderShadow(edited, values)];
    const changes = compareRenderings(before, after);
    return [{ eventId: event.id, clickId: event.clickId, before, after, changes }];
  });
}

function renderShadow(draft: DraftTemplate, values: PlaceholderValues): ShadowRendering {
  const { method } = draft;
  const nothing = { method, finalUrl: null, body: null, unresolved: [], signatures: [] };
  const rendering = renderDraft(draft, values);
  if (rendering === null) return { ...nothing, skipReason: 'TEMPLATE_FAULT' };
  if (rendering.kind === 'skipped') {
    return { ...nothing, skipReason: rendering.reason, unresolved: rendering.names };
  }
  const { finalUrl, unresolved, body } = rendering;
  const signatures = rendering.values.filter(({ source }) => source === 'signature');
  return {
    ...{ method, finalUrl, unresolved, body: body?.text ?? null, skipReason: null },
    signatures: signatures.map(({ encoded }) => encoded),
  };
}
