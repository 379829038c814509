import { batch, effect, signal } from '@preact/signals';
import type { MonitorRecentQuery, PostbackFilter } from '../gql/graphql.ts';
import { filters } from './address.ts';
import { messageOf } from './api.ts';
import { createFeed } from './feed.ts';
import { toWhere } from './filters.ts';
import { type Fired, follow, RefusedError } from './follow.ts';
import { pauseUntilOnline, whenOffline } from './network.ts';
import { FIND_AFFILIATE, RECENT } from './operations.ts';
import { noteRows, type Outage, startOutage } from './outage.ts';
import { type Row, toRow } from './row.ts';
import { ask, endSession, KEY_ENDED, refreshViewer, session } from './session.ts';

/** How the page stands to the live stream. */
export type Connection =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'lost'; reason: string; againAt: number }
  | { kind: 'refused'; reason: string };

/** The newest lines; `shown` changes whenever they do. */
export const feed = createFeed();
export const shown = signal(0);
export const connection = signal<Connection>({ kind: 'connecting' });
/** The last interruption, once it is over: what was caught up, and whether anything cannot be. */
export const outage = signal<Outage | null>(null);
export const isFirstLoad = signal(true);
/** Why the newest postbacks could not be read. */
export const loadProblem = signal<string | null>(null);
/** What the live stream brought, for the chart. */
export const arrived = signal<readonly Row[]>([]);

const PAGE = 100;
const MISSED_PAGES = 20;
/** Messages are shown together, as often as eyes can follow. */
const SHOW_EVERY_MS = 50;

type Asked = { where: PostbackFilter; signal: AbortSignal };
/** What is followed now. */
let asked: Asked | null = null;

/** Follows what the filters ask for while somebody is signed in; again whenever either changes. */
export function startWatching(): void {
  effect(() => {
    const key = session.value?.key;
    const narrowed = filters.value;
    if (key === undefined) return;
    const stop = new AbortController();
    batch(() => {
      feed.clear();
      // Read without a trace: what this effect changes must not start it again.
      shown.value = shown.peek() + 1;
      connection.value = { kind: 'connecting' };
      outage.value = null;
      isFirstLoad.value = true;
      loadProblem.value = null;
    });
    void find(narrowed.affid)
      .then((affiliateId) => watch(key, toWhere(narrowed, affiliateId), stop.signal))
      .catch((thrown: unknown) => {
        if (stop.signal.aborted) return;
        isFirstLoad.value = false;
        if (thrown instanceof RefusedError && thrown.isKey) endSession(KEY_ENDED);
        else connection.value = { kind: 'refused', reason: messageOf(thrown) };
      });
    return () => stop.abort();
  });
}

async function find(affid: string): Promise<string | null> {
  if (affid === '') return null;
  const { affiliate } = await ask(FIND_AFFILIATE, { affid });
  if (affiliate) return affiliate.id;
  throw new Error(
    `affid: there is no affiliate ${affid} that this key may see. Change the filter.`,
  );
}

async function watch(key: string, where: PostbackFilter, signal: AbortSignal): Promise<void> {
  let lostAt: number | null = null;
  const show = createShow(signal);
  const following = follow({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    random: Math.random,
    pause: pauseUntilOnline,
    cut: () => whenOffline(signal),
    ...{ key, where, signal },
  });
  for await (const one of following) {
    if (signal.aborted) return;
    if (one.kind === 'lost') {
      lostAt ??= Date.now();
      const { reason, againInMs } = one;
      connection.value = { kind: 'lost', reason, againAt: Date.now() + againInMs };
    } else if (one.kind === 'standing') {
      connection.value = { kind: 'live' };
      if (one.resumed) {
        outage.value = startOutage(lostAt ?? Date.now(), Date.now());
        // Whoever closed the connection may have changed what this key may see.
        refreshViewer().catch(() => {});
      } else {
        // Behind the cursor nothing is missed: what the report holds goes below what comes live.
        asked = { where, signal };
        void load(asked, 1);
      }
      lostAt = null;
    } else show(one.fired);
  }
}

/** Puts the newest postbacks of the report into the table, page by page, back to a time. */
async function load({ where, signal }: Asked, pages: number, since = 0): Promise<void> {
  let after: string | null = null;
  try {
    for (let page = 0; page < pages; page += 1) {
      const answer: MonitorRecentQuery = await ask(RECENT, { where, first: PAGE, after });
      if (signal.aborted) return;
      const { nodes, pageInfo } = answer.postbacks;
      const rows = nodes.map((node) => toRow(node, node.lastAttempt));
      feed.fill(rows);
      shown.value += 1;
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage || (rows.at(-1)?.at ?? 0) < since) break;
    }
    loadProblem.value = null;
  } catch (thrown) {
    if (!signal.aborted) loadProblem.value = messageOf(thrown);
  }
  isFirstLoad.value = false;
  shown.value += 1;
}

/** What the live log no longer holds, the report does: reads it back to when the connection was lost. */
export async function readMissed(lostAt: number): Promise<void> {
  if (!asked) return;
  outage.value = null;
  await load(asked, MISSED_PAGES, lostAt);
}

/** Gathers messages and shows them together. */
function createShow(signal: AbortSignal): (fired: Fired) => void {
  let rows: Row[] = [];
  let isDueToShow = false;
  function flush(): void {
    isDueToShow = false;
    if (signal.aborted) return;
    batch(() => {
      arrived.value = rows;
      feed.add(rows);
      shown.value += 1;
    });
    rows = [];
  }
  return ({ postback, attempt, gap }) => {
    if (gap) outage.value = { ...(outage.value ?? startOutage(Date.now(), Date.now())), gap: true };
    if (!postback || !attempt) return;
    const row = toRow(postback, attempt);
    outage.value = noteRows(outage.value, 1, Date.now());
    rows.push(row);
    if (!isDueToShow) setTimeout(flush, SHOW_EVERY_MS);
    isDueToShow = true;
  };
}

/** Stops the table where it is; what comes meanwhile is counted. */
export function togglePause(): void {
  if (feed.isPaused) feed.catchUp();
  else feed.pause();
  shown.value += 1;
}
