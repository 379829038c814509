import type { FileHandle } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Viewer } from '../access/viewer.ts';
import { CoalescerFullError } from '../platform/coalescer.ts';
import { isRefusedForData } from '../platform/isolate.ts';
import { isRefusal } from '../platform/refusals.ts';
import type { Report } from '../platform/report.ts';
import type { Chunk, Upload, ValidLine } from './check-lines.ts';
import type { RawReport } from './csv-lines.ts';
import type { RecordEvent } from './record-event.ts';
import type { StoredEvent } from './store-events.ts';
import { count, refuse, refuseOrThrow, type UploadReport } from './upload-report.ts';
import { splitIntoWaves } from './waves.ts';

type Deps = {
  recordEvent: RecordEvent;
  report: Pick<Report, 'loopFailed'>;
};

const FULL_PAUSE_MS = 100;
const MAX_FULL_PAUSES = 50;

/** The second pass: records what the first found valid, a chunk at a time. */
export async function recordLines(
  deps: Deps,
  upload: Upload,
  file: FileHandle,
  chunks: Chunk[],
  result: UploadReport,
  isStopping: () => boolean,
): Promise<void> {
  for (const { firstLine, offset, length } of chunks) {
    if (isStopping()) {
      result.nextLine = firstLine;
      return;
    }
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, offset);
    const failedLine = await recordChunk(deps, upload, JSON.parse(bytes.toString()), result);
    if (failedLine !== null) {
      result.nextLine = failedLine;
      return;
    }
  }
}

/**
 * Records a chunk. Lines of one transaction go one after the other, whatever else goes together: the
 * order of its statuses is the order of the file.
 * @returns the first line that the store did not take, null when it took all
 */
async function recordChunk(
  deps: Deps,
  upload: Upload,
  chunk: ValidLine[],
  result: UploadReport,
): Promise<number | null> {
  const identity = ({ report: { transactionId, type } }: ValidLine) =>
    transactionId === undefined ? null : JSON.stringify([type, transactionId]);
  const failed: ValidLine[] = [];
  for (const wave of splitIntoWaves(chunk, identity)) {
    if (failed.length > 0) {
      failed.push(...wave);
      continue;
    }
    const settled = await Promise.allSettled(
      wave.map(({ report }) => recordPatiently(deps, upload.viewer, revive(report))),
    );
    for (const [index, outcome] of settled.entries()) {
      const line = wave[index] as ValidLine;
      if (outcome.status === 'fulfilled') count(result, outcome.value);
      else if (isRefusal(outcome.reason)) {
        refuseOrThrow(result, line.line, upload.columns, outcome.reason);
      } else if (isRefusedForData(outcome.reason)) {
        // It would be refused again and hold up all lines behind it.
        deps.report.loopFailed('store uploaded event', outcome.reason, { line: line.line });
        refuse(result, line.line, [{ path: [], message: 'cannot be stored as it is' }]);
      } else {
        if (failed.length === 0) deps.report.loopFailed('store uploaded event', outcome.reason);
        failed.push(line);
      }
    }
  }
  return failed.length === 0 ? null : Math.min(...failed.map(({ line }) => line));
}

/** Waits while as many reports as may wait are waiting already: an upload is in no hurry. */
async function recordPatiently(
  { recordEvent }: Deps,
  viewer: Viewer,
  report: RawReport,
): Promise<StoredEvent> {
  for (let pauses = 0; ; pauses += 1) {
    try {
      return await recordEvent(viewer, report);
    } catch (thrown) {
      if (!(thrown instanceof CoalescerFullError) || pauses === MAX_FULL_PAUSES) throw thrown;
      await setTimeout(FULL_PAUSE_MS);
    }
  }
}

function revive(report: RawReport): RawReport {
  return report.occurredAt ? { ...report, occurredAt: new Date(report.occurredAt) } : report;
}
