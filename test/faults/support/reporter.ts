import { readGlobalId } from '../../../src/graphql/ids.ts';
import { ADMIN_KEY } from '../../support/make-app.ts';
import type { Acknowledged } from './checker.ts';

/** An answer that was no success: what a client of a broken cluster sees. */
export type Refusal = {
  status: number;
  code: string | undefined;
  message: string;
  afterMs: number;
};

export type Reporter = {
  /** Whoever was answered. */
  readonly acknowledged: Acknowledged[];
  /** Transactions of reports that are not answered yet. */
  readonly unanswered: ReadonlySet<string>;
  readonly refusals: Refusal[];
  /** How long each report took that was accepted, ms, in order. */
  readonly acceptedAfterMs: number[];
  /**
   * Reports events, one postback each, over all affiliates in turn or those that are picked; what is not
   * answered with success is reported again.
   */
  report(count: number, pick?: (n: number) => number): Promise<void>;
  /** Gives up what is still being reported. */
  close(): void;
};

const RECORD = `mutation ($input: RecordEventsInput!) { recordEvents(input: $input) {
  ... on RecordEventsPayload { results { ... on RecordEventPayload { postbacks { id dueAt } } } }
} }`;

/** Events per request. */
const CHUNK = 100;
const AGAIN_AFTER_MS = 200;

/** @param clicks one click id per affiliate */
export function createReporter(url: string, clicks: string[]): Reporter {
  const acknowledged: Acknowledged[] = [];
  const unanswered = new Set<string>();
  const refusals: Refusal[] = [];
  const acceptedAfterMs: number[] = [];
  let reported = 0;
  let closed = false;

  async function reportChunk(events: { transactionId: string }[]): Promise<void> {
    for (const { transactionId } of events) unanswered.add(transactionId);
    while (!closed) {
      const began = performance.now();
      // The transaction ids make a repeated report harmless: it answers with what is there.
      const answer = await ask(url, { input: { events } });
      const afterMs = performance.now() - began;
      if ('postbacks' in answer) {
        acceptedAfterMs.push(afterMs);
        acknowledged.push(...answer.postbacks);
        for (const { transactionId } of events) unanswered.delete(transactionId);
        return;
      }
      if (answer.status > 0) refusals.push({ ...answer, afterMs });
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }

  return {
    acknowledged,
    unanswered,
    refusals,
    acceptedAfterMs,
    async report(count, pick = (n) => n % clicks.length) {
      const events = Array.from({ length: count }, () => {
        reported += 1;
        const money = { amount: `${(reported % 90) + 10}.25`, currency: 'USD' };
        const clickId = clicks[pick(reported)];
        return { clickId, type: 'FirstDeposit', transactionId: `t${reported}`, ...money };
      });
      for (let at = 0; at < count; at += CHUNK) await reportChunk(events.slice(at, at + CHUNK));
    },
    close() {
      closed = true;
    },
  };
}

type Answer = { postbacks: Acknowledged[] } | Omit<Refusal, 'afterMs'>;

type Recorded = {
  data?: {
    recordEvents?: { results?: { postbacks?: { id: string; dueAt: string }[] }[] };
  } | null;
  errors?: { message: string; extensions?: { code?: string } }[];
};

/** What the API answered; status 0 when it did not within 10 s, or broke off. */
async function ask(url: string, variables: object): Promise<Answer> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
      body: JSON.stringify({ query: RECORD, variables }),
      signal: AbortSignal.timeout(10_000),
    });
    const { data, errors } = (await response.json()) as Recorded;
    const results = data?.recordEvents?.results;
    if (results?.every((it) => it.postbacks)) {
      return { postbacks: results.flatMap(({ postbacks = [] }) => postbacks.map(toAcknowledged)) };
    }
    const [error] = errors ?? [];
    const message = error?.message ?? JSON.stringify(data);
    return { status: response.status, code: error?.extensions?.code, message };
  } catch (thrown) {
    return { status: 0, code: undefined, message: String(thrown) };
  }
}

function toAcknowledged({ id, dueAt }: { id: string; dueAt: string }): Acknowledged {
  return { id: readGlobalId(id)?.rowId ?? id, dueAtMs: Date.parse(dueAt) };
}
