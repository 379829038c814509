import type { Clock } from '../platform/clock.ts';
import { outsideRequests } from '../platform/request-scope.ts';
import type { Rights } from '../store/api-keys.ts';
import { createSessionCounts } from './session-counts.ts';
import type { KeyViewer, Viewer } from './viewer.ts';

/** Why a session ends before its client leaves, and the words for it. */
export type Ending = { why: 'EXPIRED' | 'REVOKED' | 'CHANGED' | 'IDLE'; message: string };

/** A WebSocket or an SSE stream of somebody, until it is disposed of. */
export type Session = Disposable & {
  /** Set as soon as nothing more may be done with it. */
  readonly ending: Ending | null;
  /** Says that something was asked: an anonymous session that asks nothing ends. */
  touch(): void;
};

export type Sessions = {
  /**
   * Watches a session.
   * @param address of the client; anonymous ones are counted by it
   * @param end is called once, when the session must end; the caller disposes of it then
   * @throws TooManySessionsError
   */
  open(viewer: Viewer, address: string | null, end: (ending: Ending) => void): Session;
  /** Looks at once: rights were changed by this process. */
  look(): void;
  readonly count: number;
};

type Deps = {
  /** What is true now of these keys and affiliates. */
  readRights: (keyIds: string[], affiliateIds: string[]) => Promise<Rights>;
  clock: Clock;
  /** Is told that a key is in use; must be quick. */
  onUse: (key: { id: string; lastUsedAt: Date | null }) => void;
  /** Is told that a key or token gives something else than when its session began. */
  onChange: () => void;
  onFault: (thrown: unknown) => void;
};

/** An anonymous socket that asks nothing for this long is closed. */
const IDLE_MS = 60_000;
/** What another process revokes ends after this and one round trip: within a second. */
const LOOK_MS = 500;

const MESSAGES = {
  EXPIRED: 'the key or token has expired',
  REVOKED: 'the key was revoked',
  CHANGED: 'the rights of this key or token have changed: connect again',
  IDLE: `nothing was asked for ${IDLE_MS / 1000} s without a key`,
};

type Open = {
  viewer: Viewer;
  endsAt: Date | null;
  ending: Ending | null;
  end: (ending: Ending) => void;
};

/**
 * Ends sockets and streams with the credential they were opened with. One statement every 500 ms asks
 * for all of them, and only while there are any; expiry needs no statement. While PostgreSQL is silent
 * sessions stay, and it is asked again.
 */
export function createSessions(deps: Deps): Sessions {
  const { readRights, clock, onUse, onChange, onFault } = deps;
  const sessions = new Set<Open>();
  const counts = createSessionCounts();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let again = false;

  function finish(session: Open, why: Ending['why']): void {
    if (session.ending) return;
    session.ending = { why, message: MESSAGES[why] };
    // Who comes back at once must not be met with what is remembered of before.
    if (why === 'REVOKED' || why === 'CHANGED') onChange();
    session.end(session.ending);
  }

  function tick(): void {
    const now = clock.now();
    for (const session of sessions) {
      if (!session.endsAt || session.endsAt > now) continue;
      finish(session, session.viewer.role === 'ANONYMOUS' ? 'IDLE' : 'EXPIRED');
    }
    if (!looking) void look();
    arm();
  }

  /** Ticks after half a second, or when the first session expires. */
  function arm(): void {
    clearTimeout(timer);
    if (sessions.size === 0) return;
    const now = clock.now().getTime();
    let pauseMs = LOOK_MS;
    for (const { endsAt, ending } of sessions) {
      if (endsAt && !ending) pauseMs = Math.min(pauseMs, endsAt.getTime() - now);
    }
    timer = outsideRequests(() => setTimeout(tick, Math.max(pauseMs, 1)).unref());
  }

  async function look(): Promise<void> {
    looking = true;
    again = false;
    try {
      const known = [...sessions].filter(isOfSomebody);
      const keyIds = new Set(known.flatMap(({ viewer }) => viewer.keyId ?? []));
      const affiliateIds = new Set(known.flatMap(({ viewer }) => viewer.affiliateId ?? []));
      // Whoever comes while this is read was authenticated no earlier.
      if (keyIds.size + affiliateIds.size > 0) {
        const rights = await readRights([...keyIds], [...affiliateIds]);
        for (const session of known) compare(session, rights);
      }
    } catch (thrown) {
      onFault(thrown);
    }
    looking = false;
    if (again) void look();
  }

  function compare(session: Open & { viewer: KeyViewer }, { keys, trees }: Rights): void {
    const { keyId, affiliateId, affiliateIds } = session.viewer;
    const tree = affiliateId === null ? [] : trees.get(affiliateId);
    const key = keyId === null ? null : keys.get(keyId);
    if (key === undefined) {
      finish(session, 'REVOKED');
    } else if (tree?.join() !== affiliateIds.join()) {
      finish(session, 'CHANGED');
    } else if (key && keyId) {
      session.endsAt = key.expiresAt;
      onUse({ id: keyId, lastUsedAt: key.lastUsedAt });
    }
  }

  function idleEnd(): Date {
    return new Date(clock.now().getTime() + IDLE_MS);
  }

  return {
    open(viewer, address, end) {
      const takeBack = counts.add(viewer, address);
      const isAnonymous = viewer.role === 'ANONYMOUS';
      const endsAt = isAnonymous ? idleEnd() : viewer.expiresAt;
      const session: Open = { viewer, endsAt, ending: null, end };
      sessions.add(session);
      const isSoonOver = endsAt !== null && endsAt.getTime() - clock.now().getTime() < LOOK_MS;
      if (sessions.size === 1 || isSoonOver) arm();
      return {
        get ending() {
          return session.ending;
        },
        touch() {
          if (isAnonymous) session.endsAt = idleEnd();
        },
        [Symbol.dispose]() {
          if (!sessions.delete(session)) return;
          takeBack();
          if (sessions.size === 0) clearTimeout(timer);
        },
      };
    },
    look() {
      again = looking;
      if (!looking) void outsideRequests(look);
    },
    get count() {
      return sessions.size;
    },
  };
}

function isOfSomebody(session: Open): session is Open & { viewer: KeyViewer } {
  return session.viewer.role !== 'ANONYMOUS';
}
