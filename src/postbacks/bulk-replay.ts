import type { Ids } from '../platform/ids.ts';
import { type PostbackFilter, toSql } from '../reports/postback-filter.ts';
import type { Sql } from '../store/database.ts';
import {
  countFailedPostbacks,
  type FailedPostback,
  loadFailedPostbacks,
} from '../store/failed-postbacks.ts';
import { addCounts, type JobPostback, type SkipCounts } from '../store/jobs.ts';

/** What a bulk replay was asked for: every FAILED postback that passes the filter. */
export type ReplayInput = { filter: PostbackFilter; template: 'ORIGINAL' | 'CURRENT' };

/** A `ReplayInput` as JSON gave it back: times are text there. */
export function readReplayInput(stored: unknown): ReplayInput {
  const { filter, template } = stored as ReplayInput;
  const { from, to, ...rest } = filter;
  return {
    filter: { ...rest, ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) },
    template,
  };
}

export function countReplays(sql: Sql, { filter }: ReplayInput, plannedAt: Date): Promise<number> {
  return countFailedPostbacks(sql, toSql(filter), plannedAt);
}

/** The replays of the next failed postbacks; those whose pixel cannot fire are counted by reason. */
export async function planReplayPage(
  ids: Pick<Ids, 'row'>,
  sql: Sql,
  { filter, template }: ReplayInput,
  plannedAt: Date,
  after: string | null,
  limit: number,
): Promise<{
  looked: number;
  postbacks: JobPostback[];
  skipped: SkipCounts;
  position: string | null;
}> {
  const failed = await loadFailedPostbacks(sql, toSql(filter), plannedAt, after, limit);
  let skipped: SkipCounts = {};
  const postbacks = failed.flatMap((old): JobPostback[] => {
    const reason = whyNot(old, template);
    if (reason) {
      skipped = addCounts(skipped, { [reason]: 1 });
      return [];
    }
    const { firstId, currentVersion, pixelStatus: _status, pixelVersion, ...kept } = old;
    return [
      {
        ...kept,
        id: ids.row(),
        pixelVersion: template === 'ORIGINAL' ? pixelVersion : currentVersion,
        replayOfId: firstId,
      },
    ];
  });
  return { looked: failed.length, postbacks, skipped, position: failed.at(-1)?.id ?? null };
}

/** A pixel that is paused or deleted would only cancel its replays; one that waits has no say today. */
function whyNot({ pixelStatus }: FailedPostback, template: string): string | null {
  if (pixelStatus === 'PENDING_APPROVAL' && template === 'ORIGINAL') return null;
  return pixelStatus === 'ACTIVE' ? null : `PIXEL_${pixelStatus}`;
}
