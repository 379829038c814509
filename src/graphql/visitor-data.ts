import { loadGranted } from '../access/permissions.ts';
import {
  type Granted,
  isGranted,
  isVisitorData,
  MASK,
  maskVisitorData,
} from '../pixels/permissions.ts';
import type { RenderedValue } from '../pixels/render.ts';
import type { RenderedBody } from '../pixels/render-body.ts';
import { createBatchLoader } from '../platform/batch-loader.ts';
import { loadTemplateUrls } from '../store/postbacks.ts';
import type { Context } from './context.ts';

/** Asked by every row of a page and read once; a subscription lives longer, and reads it anew. */
const KEPT_MS = 1_000;
const kept = new WeakMap<Context, { granted: Promise<Granted>; untilMs: number }>();

const loadUrls = createBatchLoader(({ sql }: Context, ids) => loadTemplateUrls(sql, ids));

/** What the key may use and see; read by every request, so that taking it back counts at once. */
export async function grantedTo(context: Context): Promise<Granted> {
  const { sql, viewer, clock } = context;
  if (viewer.role !== 'AFFILIATE') return null;
  const nowMs = clock.now().getTime();
  const known = kept.get(context);
  if (known && nowMs < known.untilMs) return known.granted;
  const granted = loadGranted(sql, viewer);
  kept.set(context, { granted, untilMs: nowMs + KEPT_MS });
  granted.catch(() => kept.delete(context));
  return granted;
}

/** Whether the key may see personal data of visitors. */
export async function seesVisitors(context: Context): Promise<boolean> {
  return isGranted(await grantedTo(context), 'VISITOR_DATA');
}

/** A final URL as this key may see it. */
export async function showUrl<Url extends string | null>(
  context: Context,
  postbackId: string,
  finalUrl: Url,
): Promise<Url> {
  if (finalUrl === null || (await seesVisitors(context))) return finalUrl;
  const url = await loadUrls(context, postbackId);
  return (url === undefined ? MASK : maskVisitorData(finalUrl, url)) as Url;
}

/** A body as this key may see it: whole or not at all. */
export async function showBody(
  context: Context,
  { text, values }: Pick<RenderedBody, 'text' | 'values'>,
): Promise<string> {
  const isPersonal = values.some(({ name }) => isVisitorData(name));
  return !isPersonal || (await seesVisitors(context)) ? text : MASK;
}

/** Where values come from, as this key may see it. */
export async function showValues(
  context: Context,
  values: readonly RenderedValue[],
): Promise<RenderedValue[]> {
  if (await seesVisitors(context)) return [...values];
  return values.map((value) =>
    isVisitorData(value.name) && value.raw !== null
      ? { ...value, raw: MASK, encoded: MASK }
      : value,
  );
}
