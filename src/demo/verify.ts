import { AFFCLICKID, DELAY_SECONDS, ENTRY_URL } from './seed.ts';

/** What three witnesses of one postback saw: its receiver, the live viewer and the report. */
export type Evidence = {
  clickId: string;
  template: string;
  receiverUrl: string;
  /** When the event was received, by PostgreSQL's clock. */
  eventAtMs: number;
  call: { method: string; path: string; atMs: number };
  /** How many calls the receiver got for this postback. */
  callCount: number;
  live: { status: string; finalUrl: string };
  report: {
    status: string;
    clickId: string | null;
    entryUrl: string | null;
    url: string;
    finalUrl: string | null;
  };
};

const FINAL_PATH = `/postback?click_id=${AFFCLICKID}&payout_sum=50&currency=USD&source=track360&type=signup`;

/** The first thing that is not as the reference scenario demands, as a sentence; null when all is. */
export function findFault(evidence: Evidence): string | null {
  const { call, live, report } = evidence;
  const finalUrl = evidence.receiverUrl + FINAL_PATH;
  const expected: [what: string, seen: unknown, wanted: unknown][] = [
    ['the receiver got a call by', call.method, 'GET'],
    ['the receiver was called with', call.path, FINAL_PATH],
    ['the number of calls was', evidence.callCount, 1],
    ['the live message says', live.status, 'DELIVERED'],
    ['the live message shows the final URL', live.finalUrl, finalUrl],
    ['the report says', report.status, 'DELIVERED'],
    ['the report shows the final URL', report.finalUrl, finalUrl],
    ['the report shows the template', report.url, evidence.template],
    ['the report shows the Clickid', report.clickId, evidence.clickId],
    ['the report shows the entry URL', report.entryUrl, ENTRY_URL],
  ];
  const wrong = expected.find(([, seen, wanted]) => seen !== wanted);
  if (wrong) return `${wrong[0]} ${wrong[1]} instead of ${wrong[2]}`;
  const delayMs = call.atMs - evidence.eventAtMs;
  if (delayMs >= DELAY_SECONDS * 1000) return null;
  return `the call came ${delayMs} ms after the event, before its ${DELAY_SECONDS} s were over`;
}
