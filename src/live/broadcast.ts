import { outsideRequests } from '../platform/request-scope.ts';
import type { LogRow } from './hub.ts';
import type { Interest } from './interests.ts';
import { comparePositions, type Position } from './position.ts';
import type { LiveMessage } from './watch.ts';

/** A viewer that can be handed what is the same for many. */
export type Follower<Row> = {
  /** Followers of one name are told the same: they ask the same of the same rows, with the same rights. */
  group: string;
  /** What a message is sent as, made once for the group; null: it has to be told to each by itself. */
  tell(message: LiveMessage<Row>): Promise<Uint8Array | null>;
  /** Sends such, in order; a promise says that no more may be sent before it resolves. */
  send(payloads: readonly Uint8Array[]): Promise<void> | null;
};

export type Broadcast<Row extends LogRow> = {
  /**
   * Hands a follower every message behind its own place, at once from this call on. Resolves with the place up to
   * which it was told when it has to go on by itself: it reads too slowly, a message is not the same for
   * everybody, the group is ahead of it, or everything stops.
   * @param hubAt how far the hub has read. A follower may have read further by itself than others who join later,
   *   so this is where a new group begins
   */
  follow(
    interest: Interest<Row>,
    follower: Follower<Row>,
    places: { after: Position; hubAt: Position },
    signal: AbortSignal,
  ): Promise<Position>;
  /** Followers there are, and the groups they stand in: each group is one reader of the log. */
  readonly followers: number;
  readonly groups: number;
};

type Member<Row> = {
  follower: Follower<Row>;
  /** The place behind which it begins; null once it was told of something there. */
  after: Position | null;
  leave: (at: Position) => void;
};

type Told = { position: Position; isRow: boolean; payload: Uint8Array | null | undefined };
type Ready = Told & { payload: Uint8Array };

/** Messages of a group that are executed at a time; their statements are batched. */
const AHEAD = 32;

/** A write is made longer until it has so many bytes. Whoever reads slowly has two of them waiting at most, and what a socket may hold. */
const WRITE_BYTES = 32 * 1024;
/** Handing a message to some hundreds takes so long. A group that needs more gathers what comes in the next while. */
const MUCH_MS = 5;
/** For as long as that took, and no longer than nobody notices. */
const GATHER_MS = 12;

/**
 * Groups followers that are told the same. A group reads the log as one viewer, executes each message once,
 * writes it out once, and all that a message costs per follower is the write to its socket. Messages that are ready
 * together are one write: a process that falls behind catches up by that.
 * @param read a stream of its own for a group
 */
export function createBroadcast<Row extends LogRow>(
  read: (interest: Interest<Row>, after: Position) => AsyncIterableIterator<LiveMessage<Row>>,
): Broadcast<Row> {
  const groups = new Map<string, ReturnType<typeof openGroup<Row>>>();
  let followers = 0;

  return {
    async follow(interest, follower, { after, hubAt }, signal) {
      const name = follower.group;
      const group =
        groups.get(name) ?? openGroup(read(interest, hubAt), hubAt, () => groups.delete(name));
      groups.set(name, group);
      followers += 1;
      try {
        return await group.add(follower, after, signal);
      } finally {
        followers -= 1;
      }
    },
    get followers() {
      return followers;
    },
    get groups() {
      return groups.size;
    },
  };
}

function openGroup<Row extends LogRow>(
  messages: AsyncIterableIterator<LiveMessage<Row>>,
  after: Position,
  onEnd: () => void,
) {
  const members = new Set<Member<Row>>();
  /** Messages under way, in order: none overtakes the one before it. */
  const queue: Told[] = [];
  let toldTo = after;
  /** The last row that was told; signs of life are none. */
  let lastRowAt: Position | null = null;
  let hasRoom = () => {};
  let isScheduled = false;
  let gathersUntilMs = 0;
  let isOpen = true;

  function end(): void {
    if (!isOpen) return;
    isOpen = false;
    onEnd();
    for (const member of members) release(member);
    hasRoom();
    // Whoever was told by it meets the same fault by itself.
    messages.return?.()?.catch(() => {});
  }

  function release(member: Member<Row>): void {
    members.delete(member);
    member.leave(member.after ?? toldTo);
    if (members.size === 0) end();
  }

  async function run(): Promise<void> {
    // The first one tells only where it begins, which every follower was told by itself.
    await messages.next();
    for await (const message of messages) {
      const [first] = members;
      if (!first) break;
      const { position, row } = message;
      const told: Told = { position, isRow: row !== null, payload: undefined };
      queue.push(told);
      const settle = (payload: Uint8Array | null) => {
        told.payload = payload;
        schedule();
      };
      first.follower.tell(message).then(settle, () => settle(null));
      if (queue.length >= AHEAD) await new Promise<void>((resolve) => (hasRoom = resolve));
    }
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    const waitMs = gathersUntilMs - performance.now();
    if (waitMs > 0) setTimeout(deliver, waitMs);
    else setImmediate(deliver);
  }

  function deliver(): void {
    isScheduled = false;
    if (!isOpen) return;
    const ready = takeReady(queue);
    const last = ready.at(-1);
    if (last) {
      toldTo = last.position;
      lastRowAt = ready.findLast(({ isRow }) => isRow)?.position ?? lastRowAt;
      const beganAtMs = performance.now();
      for (const member of members) hand(member, ready, last.position);
      const tookMs = performance.now() - beganAtMs;
      if (tookMs > MUCH_MS) gathersUntilMs = beganAtMs + tookMs + Math.min(tookMs, GATHER_MS);
      hasRoom();
    }
    if (queue[0]?.payload === null) end();
    else if (queue[0]?.payload) schedule();
  }

  function hand(member: Member<Row>, ready: readonly Ready[], position: Position): void {
    const wanted = member.after ? ready.filter((told) => isBehind(told, member.after)) : ready;
    if (wanted.length === 0) return;
    member.after = null;
    const full = member.follower.send(wanted.map(({ payload }) => payload));
    if (!full) return;
    members.delete(member);
    void full.then(() => member.leave(position));
    if (members.size === 0) end();
  }

  /** Who read on by itself before it came needs nothing of that far, and no sign of life leads it back. */
  function isBehind({ position, isRow }: Told, after: Position | null): boolean {
    const ahead = after ? comparePositions(position, after) : 1;
    return ahead > 0 || (ahead === 0 && !isRow);
  }

  outsideRequests(() => run()).then(end, end);

  return {
    add(follower: Follower<Row>, from: Position, signal: AbortSignal): Promise<Position> {
      // A group may read further than the hub too: what it has told already is read from the log.
      if (lastRowAt && comparePositions(from, lastRowAt) < 0) return Promise.resolve(from);
      return new Promise((resolve) => {
        const member = { follower, after: from, leave: resolve };
        members.add(member);
        const stop = () => release(member);
        signal.addEventListener('abort', stop, { once: true });
        member.leave = (at) => {
          signal.removeEventListener('abort', stop);
          resolve(at);
        };
      });
    },
  };
}

/** Takes from the queue what is ready before the first that is not, one at least and then so much as a write may be. */
function takeReady(queue: Told[]): Ready[] {
  const isReady = (told: Told | undefined): told is Ready => !!told?.payload;
  const ready: Ready[] = [];
  let bytes = 0;
  for (let next = queue[0]; isReady(next) && bytes < WRITE_BYTES; next = queue[0]) {
    queue.shift();
    ready.push(next);
    bytes += next.payload.length;
  }
  return ready;
}
