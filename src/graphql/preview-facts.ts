import type { GraphQLError } from 'graphql';
import { visibleByAffiliate, visibleEvents } from '../access/visibility.ts';
import { SAMPLE_EVENT } from '../pixels/sample-event.ts';
import type { PlaceholderValues } from '../pixels/values.ts';
import { sampleValues, valuesOf } from '../postbacks/render-postback.ts';
import { findRecentClick, loadClicks } from '../store/clicks.ts';
import { loadEventFacts } from '../store/events.ts';
import { callerError } from './caller-error.ts';
import type { Context } from './context.ts';
import { globalIdOf, readGlobalId } from './ids.ts';

/** What `recentClick` asks for: a click that really happened, best one that led to something. */
export async function recentClickOf(
  { sql }: Context,
  owner: string | null,
  {
    clickId,
    eventId,
    triggerEvent,
  }: { clickId?: string | null; eventId?: string | null; triggerEvent: string | null },
): Promise<{ clickId: string; eventId: string | null }> {
  if (clickId || eventId) {
    throw callerError('BAD_USER_INPUT', 'Give one of "recentClick", "clickId" and "eventId".');
  }
  if (owner === null) {
    throw callerError('BAD_USER_INPUT', '"recentClick" needs "affiliateId" or "pixelId".');
  }
  const found = await findRecentClick(sql, owner, triggerEvent);
  if (found !== null) {
    return { ...found, eventId: found.eventId && globalIdOf('Event', found.eventId) };
  }
  throw callerError(
    'BAD_USER_INPUT',
    'This affiliate has no click yet: leave "recentClick" out to see samples.',
  );
}

/** The affiliate whose links and clicks are looked at: only one the viewer may see. */
export async function visibleOwner(
  { db, viewer }: Context,
  affiliateId: string | null,
  pixelOwner: string | null,
): Promise<string | null> {
  if (affiliateId === null) return pixelOwner;
  const id = idOf(affiliateId);
  const visible = visibleByAffiliate(viewer).affiliateId;
  if (visible && !visible.in.includes(id)) throw unknown('affiliateId');
  if (!(await db.affiliate.findUnique({ where: { id } }))) throw unknown('affiliateId');
  return id;
}

/** The values to render with: of an event and its click, of a click and a sample event, or samples; and which click. */
export async function valuesFor(
  context: Context,
  clickId: string | null,
  eventId: string | null,
): Promise<{ values: PlaceholderValues; clickId: string | null }> {
  const { sql, viewer, clock } = context;
  const event = eventId ? await findEvent(context, eventId) : null;
  if (eventId && !event) throw unknown('eventId');
  const named = clickId ?? event?.clickId ?? null;
  if (named === null && !event) return { values: sampleValues, clickId: null };
  const click = named === null ? null : ((await loadClicks(sql, [named])).get(named) ?? null);
  const visible = visibleByAffiliate(viewer).affiliateId;
  if (clickId !== null && (!click || (visible && !visible.in.includes(click.affiliateId)))) {
    throw unknown('clickId');
  }
  const values = valuesOf(
    event ?? {
      ...SAMPLE_EVENT,
      id: 'sample',
      conversionId: null,
      transactionId: null,
      occurredAt: clock.now(),
    },
    click,
    { postbackId: 'preview', attempt: 1, fireTime: clock.now(), test: false, ownerAffid: '' },
  );
  return { values, clickId: click?.clickId ?? null };
}

async function findEvent({ db, sql, viewer }: Context, eventId: string) {
  const where = { AND: [{ id: idOf(eventId) }, visibleEvents(viewer)] };
  const visible = await db.event.findFirst({ where, select: { id: true } });
  return visible && ((await loadEventFacts(sql, [visible.id]))[0] ?? null);
}

/** A row id no row has, for an id that is none of ours: it is then simply not found. */
const NO_ROW = '00000000-0000-0000-0000-000000000000';

export function idOf(id: string): string {
  return readGlobalId(id)?.rowId ?? NO_ROW;
}

/** What is not there, or not to be seen. */
export function unknown(field: string): GraphQLError {
  return callerError('BAD_USER_INPUT', `Nothing has this ${field}.`);
}
