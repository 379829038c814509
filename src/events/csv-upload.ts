import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import type { Viewer } from '../access/viewer.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Report } from '../platform/report.ts';
import { checkLines, type Upload } from './check-lines.ts';
import { createCheckReport, type RecordEvent } from './record-event.ts';
import { recordLines } from './record-lines.ts';
import { UploadBusyError } from './upload-errors.ts';
import { emptyReport, type UploadOptions, type UploadReport } from './upload-report.ts';

/** Uploads at a time in this process. */
const MAX_UPLOADS = 2;

/** Uploads of events as CSV. */
export type CsvUploads = {
  /**
   * Checks every line, then records the valid ones in order. Throws, with nothing recorded,
   * InvalidInputError when the body is no CSV with a known header, UploadTooLargeError and
   * UploadBusyError; and whatever ended the body early.
   */
  run(viewer: Viewer, body: Readable, options: UploadOptions): Promise<UploadReport>;
  /** Takes no more uploads; resolves when those under way have ended, after their chunk. */
  stop(): Promise<void>;
  /** Uploads under way. */
  readonly running: number;
};

type Deps = {
  /** For bodies on their way; whatever is in it at the start was left by a crash and is removed. */
  directory: string;
  catalog: Pick<Catalog, 'integration' | 'hasEventType' | 'eventTypeCodes'>;
  recordEvent: RecordEvent;
  /** Turns the global id of an integration into its row id; null when it is none. */
  integrationIdOf: (globalId: string) => string | null;
  report: Pick<Report, 'eventsUploaded' | 'loopFailed'>;
};

/**
 * Two passes, so that a body that breaks off or is no CSV leaves nothing half done: the first checks
 * every line as it comes in and writes the valid ones to a file, the second records them from there.
 * Memory holds one chunk whatever the size of the upload.
 */
export async function openCsvUploads(deps: Deps): Promise<CsvUploads> {
  await rm(deps.directory, { recursive: true, force: true });
  await mkdir(deps.directory, { recursive: true });
  const running = new Map<Readable, Promise<unknown>>();
  let stopping = false;

  async function runOne(upload: Upload): Promise<UploadReport> {
    const path = join(deps.directory, randomUUID());
    const file = await open(path, 'wx+', 0o600);
    try {
      const result = emptyReport(upload.options);
      const chunks = await checkLines(deps, upload, file, result);
      const { dryRun, onRefused } = upload.options;
      const isHeldBack = dryRun || (onRefused === 'stop' && result.refused > 0);
      if (!isHeldBack) await recordLines(deps, upload, file, chunks, result, () => stopping);
      const { problems: _problems, ...counts } = result;
      deps.report.eventsUploaded(counts);
      return result;
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  }

  return {
    async run(viewer, body, options) {
      if (stopping) throw new UploadBusyError('Volley is stopping; nothing was recorded');
      if (running.size >= MAX_UPLOADS) {
        const message = `${MAX_UPLOADS} uploads are under way, more are not taken at a time; nothing was recorded`;
        throw new UploadBusyError(message);
      }
      // It may be ended before anybody reads it; who reads it is told then.
      body.on('error', () => {});
      const check = createCheckReport({
        catalog: {
          integration: remember(deps.catalog.integration),
          hasEventType: remember(deps.catalog.hasEventType),
          eventTypeCodes: deps.catalog.eventTypeCodes,
        },
      });
      const work = runOne({ viewer, body, options, check, columns: [] });
      running.set(body, work);
      return work.finally(() => running.delete(body));
    },
    async stop() {
      stopping = true;
      for (const body of running.keys()) {
        body.destroy(new UploadBusyError('Volley is stopping; nothing was recorded'));
      }
      await Promise.allSettled(running.values());
    },
    get running() {
      return running.size;
    },
  };
}

/** Looks each key up once in an upload: one that is unknown may stand in a million lines. */
function remember<Found extends object | boolean | null>(
  find: (key: string) => Promise<Found>,
): (key: string) => Promise<Found> {
  const found = new LRUCache<string, Promise<Found>>({ max: 1_000 });
  return (key) => {
    const known = found.get(key) ?? find(key);
    found.set(key, known);
    return known;
  };
}
