import type { Report } from '../platform/report.ts';
import type { Sql } from '../store/database.ts';
import { loadHeldOrLimited, saveDestinationHolds } from '../store/destinations.ts';
import type { DestinationChange, DestinationControl } from './destination-control.ts';

type Deps = {
  sql: Sql;
  /** Not read before the first `sync`. */
  control: Pick<DestinationControl, 'learn'>;
  report: Pick<Report, 'loopFailed' | 'destinationChanged'>;
};

export type DestinationSync = {
  /** Writes a change soon; with PostgreSQL down, at a later `sync`. */
  save(change: DestinationChange): void;
  /** Writes what is not written yet, then learns what the database says. To be called each second. */
  sync(): Promise<void>;
};

/**
 * Shares holds between workers, by way of PostgreSQL: what one of them holds, all hold within a second,
 * and it outlives a restart and a wiped Redis.
 */
export function createDestinationSync({ sql, control, report }: Deps): DestinationSync {
  const unwritten = new Map<string, DestinationChange>();
  /** The last change of each destination by its number: rows that were read before it know less. */
  const changed = new Map<string, number>();
  let changes = 0;
  let writing: Promise<void> | null = null;

  function write(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = null;
    });
    return writing;
  }

  async function writeAll(): Promise<void> {
    while (unwritten.size > 0) {
      const batch = [...unwritten.values()];
      await saveDestinationHolds(sql, batch);
      for (const change of batch) {
        // One that changed again meanwhile is written again.
        const { destinationId } = change;
        if (unwritten.get(destinationId) === change) unwritten.delete(destinationId);
      }
    }
  }

  return {
    save(change) {
      report.destinationChanged(change);
      changes += 1;
      unwritten.set(change.destinationId, change);
      changed.set(change.destinationId, changes);
      write().catch((thrown: unknown) => report.loopFailed('save held destinations', thrown));
    },

    async sync() {
      await write();
      const seen = changes;
      const rows = await loadHeldOrLimited(sql);
      control.learn(rows, (destinationId) => (changed.get(destinationId) ?? 0) <= seen);
      for (const [destinationId, number] of changed) {
        if (number <= seen) changed.delete(destinationId);
      }
    },
  };
}
