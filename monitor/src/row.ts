import type { AttemptRowFragment, PostbackRowFragment, PostbackStatus } from '../gql/graphql.ts';

/** A line of the table: a finished attempt, or a postback that had none yet. */
export type Row = {
  /** One for each attempt, and one for a postback without any. */
  key: string;
  postbackId: string;
  /** When the attempt ended, or when its postback is due. Unix ms. */
  at: number;
  /** As it stood when the line was made. */
  status: PostbackStatus;
  reason: string | null;
  /** HTTP status, or the kind of failure; empty without an attempt. */
  code: string;
  /** 0 without an attempt. */
  attempt: number;
  durationMs: number | null;
  /** How late the first attempt began, ms. */
  lateMs: number | null;
  affid: string;
  eventId: string;
  eventType: string;
  clickId: string | null;
  entryUrl: string | null;
  pixelId: string;
  template: string;
  finalUrl: string | null;
  test: boolean;
};

/** The line of an attempt, or of a postback that waits for its first or will have none. */
export function toRow(postback: PostbackRowFragment, attempt: AttemptRowFragment | null): Row {
  const { id, status, reason, test, clickId, entryUrl, url, latency } = postback;
  const number = attempt?.number ?? 0;
  return {
    ...{ status, reason, test, clickId, entryUrl },
    key: rowKey(id, number),
    postbackId: id,
    at: attempt ? Date.parse(attempt.startedAt) + attempt.durationMs : Date.parse(postback.dueAt),
    code: attempt ? String(attempt.statusCode ?? attempt.errorKind ?? '') : '',
    attempt: number,
    durationMs: attempt?.durationMs ?? null,
    lateMs: latency.firstTryMs,
    affid: postback.affiliate.affid,
    eventId: postback.event.id,
    eventType: postback.event.type,
    pixelId: postback.pixel.id,
    template: url,
    finalUrl: attempt?.finalUrl ?? null,
  };
}

export function rowKey(postbackId: string, attempt: number): string {
  return `${postbackId}#${attempt}`;
}
