import type { Binding, Clients, Settings } from '../store/binding.ts';
import type { Transact } from '../store/database.ts';
import type { KeyViewer, Viewer } from './viewer.ts';

/** The role of PostgreSQL that statements of AFFILIATE keys run as (first of the migrations of the wall). */
export const AFFILIATE_ROLE = 'volley_affiliate';

/** Clients past the wall: for rows that were read through it before, and what their owner does not do itself. */
export type Engine = Clients & { transact: Transact };

/** What is done on whose behalf, for the audit log. */
export type Act = {
  /** The mutation, or the route. */
  operation: string;
  requestId?: string | undefined;
  /** The network address it came from. */
  address?: string | null;
};

/**
 * The second wall. The first one are the rules of `visibility.ts`, which every resolver follows; behind them
 * PostgreSQL lets a statement of an AFFILIATE key reach its own rows only, whatever the statement says. Who may read
 * everything meets no wall.
 */
export type Wall = {
  /** What a viewer reads and writes with. */
  clients(viewer: Viewer): Clients;
  /** For a whole query of an affiliate: one transaction instead of one for each statement. */
  reading<Result>(viewer: Viewer, work: (clients: Clients) => Promise<Result>): Promise<Result>;
  /**
   * The same clients, of whose every change the audit log says who made it and by what.
   * @param viewer `start` for what a start of Volley itself does
   */
  acting(viewer: KeyViewer | 'start', act: Act): Clients & { engine: Engine };
  /** The clients of the engine itself. */
  engine: Engine;
};

export function createWall(engine: Engine, binding: Binding): Wall {
  return {
    clients(viewer) {
      const walled = settingsOf(viewer);
      return walled ? binding.each(walled) : engine;
    },

    reading(viewer, work) {
      const walled = settingsOf(viewer);
      return walled ? binding.reading(walled, work) : work(engine);
    },

    acting(viewer, act) {
      const actor = { 'volley.actor': JSON.stringify({ ...actorOf(viewer), ...act }) };
      const unwalled = binding.writes(actor);
      const walled = viewer === 'start' ? null : settingsOf(viewer);
      const { db, sql } = walled ? binding.each({ ...walled, ...actor }) : unwalled;
      return { db, sql, engine: unwalled };
    },

    engine,
  };
}

/** What the policies are told; null for who meets none. */
function settingsOf(viewer: Viewer): Settings | null {
  if (viewer.role !== 'AFFILIATE') return null;
  return {
    role: AFFILIATE_ROLE,
    'volley.affiliate_id': viewer.affiliateId ?? '',
    'volley.affiliate_ids': `{${viewer.affiliateIds.join()}}`,
  };
}

/** Who the audit log names. */
function actorOf(viewer: KeyViewer | 'start'): object {
  if (viewer === 'start') return { name: 'start' };
  const { keyId, subject, name, role, affiliateId } = viewer;
  return { id: keyId, subject, name, role, affiliateId };
}
