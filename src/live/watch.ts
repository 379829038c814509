import { type Broadcast, createBroadcast, type Follower } from './broadcast.ts';
import type { CommittedLog, Hub, LogRow } from './hub.ts';
import type { Interest } from './interests.ts';
import { comparePositions, type Position } from './position.ts';

/** What a viewer is sent: its place in the log and, unless it is a heartbeat, the row there. */
export type LiveMessage<Row> = {
  position: Position;
  row: Row | null;
  gap: LiveGap | null;
  /** Rows that come next: who makes them ready together with this one asks once for all. */
  ahead?: readonly Row[];
};

/** What a resuming viewer missed and nobody can give it any more. */
export type LiveGap = { from: Position; to: Position };

type Deps<Row extends LogRow> = {
  log: CommittedLog<Row>;
  hub: Pick<Hub<Row>, 'join' | 'viewers'>;
  /** Pause after which a viewer that got nothing is sent its place. */
  heartbeatMs?: number;
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number;
};

export type Watch<Row extends LogRow> = (
  options: Interest<Row> & {
    /** Resume behind this place; null for from now on. */
    after: Position | null;
    /** What of that this viewer alone leaves out. */
    except?: (row: Row) => boolean;
  },
) => LiveMessages<Row>;

export type LiveMessages<Row> = AsyncIterableIterator<LiveMessage<Row>> & {
  /**
   * Has what comes once the viewer is up to date handed to it instead of being asked for, which costs a
   * fraction; to be said before the first message is asked for.
   */
  followBy(follower: Follower<Row>): void;
};

const PAGE = 500;
/** Rows of the log that are made ready together. */
const AHEAD = 32;
/** Product: repeated as a heartbeat every 15 s. */
const HEARTBEAT_MS = 15_000;
const IDLE = { kind: 'idle' } as const;

/** One stream: what it wants, and how it is handed. */
type Viewer<Row extends LogRow> = {
  interest: Interest<Row>;
  except: ((row: Row) => boolean) | undefined;
  follower: () => Follower<Row> | null;
  signal: AbortSignal;
};

/**
 * Streams of the log, and how many there are. Each goes through three phases, repeated whenever it falls
 * behind: join the hub (buffering), read the log from the viewer's place to the end, then follow the buffer and
 * drop what the log already gave. A viewer that overflows its buffer starts over from its own place, so nothing
 * is lost or doubled. One that can be handed what comes leaves its buffer for a group, once it is up to date.
 */
export function createWatch<Row extends LogRow>(deps: Deps<Row>) {
  const broadcast = createBroadcast<Row>((interest, after) => open(interest, after));

  function open(
    interest: Interest<Row>,
    after: Position | null,
    except?: (row: Row) => boolean,
  ): LiveMessages<Row> {
    const stop = new AbortController();
    let follower: Follower<Row> | null = null;
    const viewer = { interest, except, follower: () => follower, signal: stop.signal };
    const messages = follow(deps, broadcast, after, viewer);
    return {
      followBy(given) {
        // What this viewer alone leaves out, a group does not.
        if (!except) follower = given;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => messages.next(),
      // A generator's own return() would wait for the message under way: end that wait first.
      return() {
        stop.abort();
        return messages.return(undefined);
      },
    };
  }

  const watch: Watch<Row> = ({ after, except, ...interest }) => open(interest, after, except);
  return {
    watch,
    /** Streams, handed or not; a group is none. */
    get viewers() {
      return deps.hub.viewers - broadcast.groups + broadcast.followers;
    },
  };
}

async function* follow<Row extends LogRow>(
  { log, hub, heartbeatMs = HEARTBEAT_MS, now = () => performance.now() }: Deps<Row>,
  broadcast: Broadcast<Row>,
  after: Position | null,
  { interest, except = () => false, follower, signal }: Viewer<Row>,
): AsyncGenerator<LiveMessage<Row>, void> {
  const head = await log.head();
  let position = after ?? head;
  let gap: LiveGap | null = null;
  if (comparePositions(position, head) > 0) {
    // A place this log never had: the database was restored or is another one.
    gap = { from: head, to: position };
    position = head;
  }
  yield { position, row: null, gap };
  let sentAt = now();

  while (!signal.aborted) {
    using channel = await hub.join(interest);
    const close = () => channel.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      for (let more = true; more && !signal.aborted; ) {
        const { rows } = await log.read(position, PAGE);
        more = rows.length === PAGE;
        const wanted = rows.filter((row) => interest.matches(row) && !except(row));
        for (const [at, row] of wanted.entries()) {
          position = row.position;
          const ahead = at % AHEAD === 0 ? wanted.slice(at + 1, at + AHEAD) : [];
          yield { position, row, gap: null, ahead };
          sentAt = now();
        }
        position = rows.at(-1)?.position ?? position;
      }
      for (let live = true; live && !signal.aborted; ) {
        const handed = follower();
        const upToDateAt = handed && channel.emptyAt();
        if (handed && upToDateAt) {
          const places = { after: later(position, upToDateAt), hubAt: upToDateAt };
          const told = broadcast.follow(interest, handed, places, signal);
          // In this order: from its first turn on the group has what the buffer has no more.
          channel.close();
          position = await told;
          sentAt = now();
          break;
        }
        const silentMs = now() - sentAt;
        const received = silentMs < heartbeatMs ? await channel.next(heartbeatMs - silentMs) : IDLE;
        if (received.kind === 'idle') {
          // Rows of others are not handed over: whoever resumes here need not read past them.
          position = later(position, channel.emptyAt() ?? position);
          yield { position, row: null, gap: null };
          sentAt = now();
        } else if (received.kind === 'item') {
          const row = received.item;
          if (comparePositions(row.position, position) <= 0) continue;
          position = row.position;
          if (except(row)) continue;
          yield { position, row, gap: null };
          sentAt = now();
        } else {
          if (received.kind === 'closed') return;
          live = false;
        }
      }
    } finally {
      signal.removeEventListener('abort', close);
    }
  }
}

const later = (a: Position, b: Position): Position => (comparePositions(a, b) < 0 ? b : a);
