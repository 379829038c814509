import { signal } from '@preact/signals';
import type { MonitorViewerQuery, TypedDocumentString } from '../gql/graphql.ts';
import { ApiError, askVolley } from './api.ts';
import { VIEWER } from './operations.ts';

/** Who is signed in, and with which key. The key stands in memory, and for this tab if wished; never in the address. */
export type Session = { key: string; viewer: MonitorViewerQuery['viewer'] };

const STORED_KEY = 'volley.key';

export const session = signal<Session | null>(null);

/** What to say above the sign-in: why a session ended. */
export const farewell = signal<string | null>(null);

/**
 * Signs in, when Volley takes the key and its role may watch postbacks.
 * @throws ApiError with a sentence for the person
 */
export async function signIn(key: string, options: { keep: boolean }): Promise<void> {
  const { viewer } = await askVolley(key, VIEWER, {}).catch((thrown: unknown) => {
    const isWrong = thrown instanceof ApiError && thrown.code === 'UNAUTHENTICATED';
    if (!isWrong) throw thrown;
    throw new ApiError('Volley does not know this key, or it has ended.', thrown.code);
  });
  if (viewer.role === 'INTEGRATION') {
    throw new ApiError(
      'This is an INTEGRATION key: it reports events and may not watch postbacks. ' +
        'Use an ADMIN, VIEWER or AFFILIATE key.',
      'FORBIDDEN',
    );
  }
  if (options.keep) sessionStorage.setItem(STORED_KEY, key);
  farewell.value = null;
  session.value = { key, viewer };
}

/** Signs in again with what this tab keeps; nothing happens when it keeps none. */
export async function restoreSession(): Promise<void> {
  const key = sessionStorage.getItem(STORED_KEY);
  if (key === null) return;
  try {
    await signIn(key, { keep: false });
  } catch (thrown) {
    endSession(thrown instanceof ApiError ? thrown.message : 'Sign in again.', {
      forget: thrown instanceof ApiError && thrown.code !== 'OFFLINE',
    });
  }
}

export function endSession(why: string | null, { forget = true } = {}): void {
  if (forget) sessionStorage.removeItem(STORED_KEY);
  farewell.value = why;
  session.value = null;
}

/**
 * Asks as whoever is signed in; a key that is not taken any more ends the session.
 * @throws ApiError
 */
export async function ask<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const key = session.value?.key;
  if (key === undefined) throw new ApiError('Nobody is signed in.', 'UNAUTHENTICATED');
  try {
    return await askVolley(key, document, variables);
  } catch (thrown) {
    const isOver = thrown instanceof ApiError && thrown.code === 'UNAUTHENTICATED';
    if (isOver && session.value?.key === key) endSession(KEY_ENDED);
    throw thrown;
  }
}

/** Rights may change while a key stays good: what was shown before may not be for it any more. */
export async function refreshViewer(): Promise<void> {
  const { viewer } = await ask(VIEWER, {});
  const known = session.value;
  if (!known || JSON.stringify(known.viewer) === JSON.stringify(viewer)) return;
  session.value = { ...known, viewer };
}

/** Told when a key that was good is refused. */
export const KEY_ENDED = 'This key has been revoked or has expired. Sign in with another one.';

/** Whether buttons that change pixels and postbacks are for this role. */
export function mayChange(): boolean {
  const role = session.value?.viewer.role;
  return role === 'ADMIN' || role === 'AFFILIATE';
}
