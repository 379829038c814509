import type { Viewer } from './viewer.ts';

/** More would be open than one key, or one address without a key, may have; the message has the number. */
export class TooManySessionsError extends Error {
  override readonly name = 'TooManySessionsError';
}

/** Sockets and streams of one key, or of one person, in this process; ADMIN has no such limit. */
export const MAX_PER_KEY = 100;
/** Anonymous sockets of one address in this process. */
export const MAX_ANONYMOUS = 100;

/** Counts what is open by whose it is. */
export function createSessionCounts() {
  const counts = new Map<string, number>();
  return {
    /**
     * Counts one more; answers how to take it back, which must be called once.
     * @throws TooManySessionsError
     */
    add(viewer: Viewer, address: string | null): () => void {
      const holder = holderOf(viewer, address);
      if (holder === null) return () => {};
      const count = counts.get(holder) ?? 0;
      refuseTooMany(viewer, count);
      counts.set(holder, count + 1);
      return () => {
        const left = (counts.get(holder) ?? 0) - 1;
        if (left > 0) counts.set(holder, left);
        else counts.delete(holder);
      };
    },
  };
}

/** Whose sessions are counted together; null for those that are not counted. */
function holderOf(viewer: Viewer, address: string | null): string | null {
  if (viewer.role === 'ANONYMOUS') return `address ${address}`;
  if (viewer.role === 'ADMIN') return null;
  return viewer.keyId ?? `subject ${viewer.subject}`;
}

function refuseTooMany(viewer: Viewer, count: number): void {
  const isAnonymous = viewer.role === 'ANONYMOUS';
  const limit = isAnonymous ? MAX_ANONYMOUS : MAX_PER_KEY;
  if (count < limit) return;
  throw new TooManySessionsError(
    isAnonymous
      ? `this address has ${count} WebSockets without a key open, ${limit} at most are allowed`
      : `this key or token has ${count} WebSockets and streams open, ${limit} at most are allowed`,
  );
}
