import type { RateLimit } from '../access/rate-limit.ts';
import type { Session } from '../access/sessions.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Engine, Wall } from '../access/wall.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { RecordClick } from '../clicks/record-click.ts';
import type { RecordEvent } from '../events/record-event.ts';
import type { ChangeWatch } from '../live/change-watch.ts';
import type { Position } from '../live/position.ts';
import type { ValueWatch } from '../live/value-watch.ts';
import type { Watch } from '../live/watch.ts';
import type { PixelSecrets } from '../pixels/secrets.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { AllowTargets, IsOwnEcho } from '../postbacks/address-policy.ts';
import type { PostbackRequests } from '../postbacks/replay.ts';
import type { AttemptLog, AttemptRow } from '../store/attempt-log.ts';
import type { Clients } from '../store/binding.ts';
import type { ClickRow } from '../store/click-log.ts';
import type { EchoRow } from '../store/echo-log.ts';
import type { EventRow } from '../store/event-log.ts';
import type { OperationCost } from './operation-cost.ts';

/** What resolvers may use; built once by the composition root. */
export type Services = {
  wall: Wall;
  ids: Ids;
  randomBytes: RandomBytes;
  clock: Clock;
  log: Log;
  /** Base of entry URLs. */
  publicUrl: () => string;
  catalog: Catalog;
  allowTargets: AllowTargets;
  isOwnEcho: IsOwnEcho;
  secrets: PixelSecrets;
  rateLimit: RateLimit;
  /** Whether there is anything that keys can be limited to. */
  hasPersistedOperations: boolean;
  /** Says that this process changed what keys give. */
  rightsChanged: () => void;
  recordClick: RecordClick;
  recordEvent: RecordEvent;
  requests: PostbackRequests;
  watchAttempts: Watch<AttemptRow>;
  watchEvents: Watch<EventRow>;
  watchClicks: Watch<ClickRow>;
  postbackCounts: Pick<ValueWatch, 'watch'>;
  watchEchoes: Watch<EchoRow>;
  placeBefore: AttemptLog['placeBefore'];
  destinationChanges: Pick<ChangeWatch, 'watch'>;
};

/** What a transport knows of an operation: one HTTP request, or one `subscribe` message of a socket. */
export type Caller = {
  viewer: Viewer;
  /** Told in the answer's header, in masked errors and in log lines. */
  requestId: string;
  /** Where it comes from, behind trusted proxies; null once the connection is gone. */
  address: string | null;
  /** Header `Last-Event-ID` of a request: where a stream resumes unless its operation says so. */
  lastEventId?: string | undefined;
  /** Of the socket, which is watched as a whole; a stream over HTTP has one of its own. */
  session?: Session;
  /**
   * Sends payloads that are JSON already, in order, past the stream of the operation; a promise says that no more
   * may be sent before it resolves. Where the transport can do so.
   */
  deliver?: (payloads: readonly Uint8Array[]) => Promise<void> | null;
};

/** Per operation. `db` and `sql` reach what the viewer may see; `engine` is for rows that were found by them. */
export type Context = Services &
  Caller &
  Clients & {
    engine: Engine;
    /** Where the live message that is being executed stands; absent in other operations. */
    livePosition?: Position;
    /** What the gate measured; absent when there was nothing to measure. */
    cost?: OperationCost;
  };

/** What an operation begins with: every statement bound to the viewer by itself. */
export function createContext(services: Services, caller: Caller): Context {
  const { wall } = services;
  return { ...services, ...caller, ...wall.clients(caller.viewer), engine: wall.engine };
}

/** They report what happened, and change nothing that the audit log tells of: clients of their own would cost more than the rest. */
const REPORTS: ReadonlySet<string> = new Set(['recordClick', 'recordEvent', 'recordEvents']);

/** Has everything that a mutation changes carry who changed it. */
export function actAs(context: Context, operation: string): void {
  const { wall, viewer, requestId, address } = context;
  if (viewer.role === 'ANONYMOUS' || viewer.role === 'INTEGRATION') return;
  if (REPORTS.has(operation)) return;
  Object.assign(context, wall.acting(viewer, { operation, requestId, address }));
}
