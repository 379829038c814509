import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  MAX_ANONYMOUS,
  MAX_PER_KEY,
  TooManySessionsError,
} from '../../../src/access/session-counts.ts';
import { createSessions, type Ending } from '../../../src/access/sessions.ts';
import { ANONYMOUS, type KeyViewer } from '../../../src/access/viewer.ts';
import type { Rights } from '../../../src/store/api-keys.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const seconds = (count: number) => new Date(Date.now() + count * 1000);

function keyOf(keyId: string, changes: Partial<KeyViewer> = {}): KeyViewer {
  const owner = { affiliateId: null, affiliateIds: [], integrationId: null };
  return {
    ...{ role: 'VIEWER', keyId, subject: null, name: keyId, persistedOnly: false },
    ...owner,
    expiresAt: null,
    ...changes,
  };
}

/** Keys in a store that can be changed, kept silent or made to fail. */
function openStore() {
  const rights: Rights = { keys: new Map(), trees: new Map() };
  const asked: [string[], string[]][] = [];
  const faults: unknown[] = [];
  const uses: string[] = [];
  let changes = 0;
  let answer = async (): Promise<Rights> => structuredClone(rights);
  const sessions = createSessions({
    clock: { now: () => new Date() },
    readRights: (...ids) => {
      asked.push(ids);
      return answer();
    },
    onUse: ({ id }) => uses.push(id),
    onChange: () => {
      changes += 1;
    },
    onFault: (thrown) => faults.push(thrown),
  });
  return {
    ...{ sessions, rights, asked, faults, uses },
    get changes() {
      return changes;
    },
    be(other: () => Promise<Rights>) {
      answer = other;
    },
    store(keyId: string, expiresAt: Date | null = null) {
      rights.keys.set(keyId, { expiresAt, lastUsedAt: null });
    },
    /** Opens a session and keeps what it is told. */
    open(viewer: KeyViewer | typeof ANONYMOUS, address: string | null = '192.0.2.1') {
      const endings: Ending[] = [];
      const session = sessions.open(viewer, address, (ending) => endings.push(ending));
      return { session, endings };
    },
  };
}

test('one statement every 500 ms asks for all, each key once, and only while something is open', async () => {
  const { store, open, asked } = openStore();
  store('a');
  store('b');
  const opened = ['a', 'a', 'b'].map((id) => open(keyOf(id)));

  await vi.advanceTimersByTimeAsync(499);
  expect(asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([[['a', 'b'], []]]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(3);
  expect(opened.flatMap(({ endings }) => endings)).toEqual([]);

  for (const { session } of opened) session[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(0);
});

test('a revoked key ends its sessions at the next look, and no others', async () => {
  const { store, open, rights, sessions } = openStore();
  store('gone');
  store('stays');
  const gone = [open(keyOf('gone')), open(keyOf('gone'))];
  const stays = open(keyOf('stays'));
  await vi.advanceTimersByTimeAsync(500);

  rights.keys.delete('gone');
  await vi.advanceTimersByTimeAsync(500);

  for (const { session, endings } of gone) {
    expect(endings).toEqual([{ why: 'REVOKED', message: 'the key was revoked' }]);
    expect(session.ending?.why).toBe('REVOKED');
  }
  expect(stays.endings).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(gone.map(({ endings }) => endings.length)).toEqual([1, 1]);
  expect(sessions.count).toBe(3);
});

test('look asks at once, and again when it was asking already: that answer may be from before', async () => {
  const { store, open, rights, sessions, be, asked } = openStore();
  store('a');
  const { endings } = open(keyOf('a'));
  const first = Promise.withResolvers<Rights>();
  be(() => first.promise);
  sessions.look();
  const before = structuredClone(rights);
  rights.keys.delete('a');
  be(async () => rights);
  sessions.look();
  first.resolve(before);
  await vi.advanceTimersByTimeAsync(0);

  expect(asked).toHaveLength(2);
  expect(endings.map(({ why }) => why)).toEqual(['REVOKED']);
});

test('a session ends at its time to the millisecond, also while the store is silent', async () => {
  const { store, open, be } = openStore();
  store('a', seconds(3.25));
  be(() => new Promise(() => {}));
  const { endings } = open(keyOf('a', { expiresAt: seconds(3.25) }));

  await vi.advanceTimersByTimeAsync(3_249);
  expect(endings).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(endings).toEqual([{ why: 'EXPIRED', message: 'the key or token has expired' }]);
});

test('a time that is changed later counts: a rotated key ends with its overlap', async () => {
  const { store, open } = openStore();
  store('a');
  const { endings } = open(keyOf('a'));
  await vi.advanceTimersByTimeAsync(500);
  store('a', seconds(2));

  await vi.advanceTimersByTimeAsync(1_999);
  expect(endings).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(endings.map(({ why }) => why)).toEqual(['EXPIRED']);
});

test('a broker whose tree has changed is sent to connect again, with a key or a token', async () => {
  const store = openStore();
  store.store('key');
  store.rights.trees.set('broker', ['broker', 'one']);
  const tree = {
    role: 'AFFILIATE',
    affiliateId: 'broker',
    affiliateIds: ['broker', 'one'],
  } as const;
  const withKey = store.open(keyOf('key', { ...tree, affiliateIds: [...tree.affiliateIds] }));
  const token = { keyId: null, subject: 'person-1', affiliateIds: [...tree.affiliateIds] };
  const withToken = store.open(keyOf('', { ...tree, ...token }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect([...withKey.endings, ...withToken.endings]).toEqual([]);

  store.rights.trees.set('broker', ['broker', 'one', 'two']);
  await vi.advanceTimersByTimeAsync(500);

  for (const { endings } of [withKey, withToken]) {
    expect(endings.map(({ why }) => why)).toEqual(['CHANGED']);
  }
  expect(store.changes).toBeGreaterThan(0);
});

test('sessions stay while the store fails or is silent, and end when it is back', async () => {
  const { store, open, rights, be, faults } = openStore();
  store('a');
  const { endings } = open(keyOf('a'));
  rights.keys.delete('a');
  be(() => Promise.reject(new Error('the store is down')));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(endings).toEqual([]);
  expect(faults.length).toBeGreaterThan(1);

  be(async () => rights);
  await vi.advanceTimersByTimeAsync(500);
  expect(endings.map(({ why }) => why)).toEqual(['REVOKED']);
});

test('whoever comes while the store is asked is not measured by that answer', async () => {
  const { store, open, rights, be } = openStore();
  store('early');
  open(keyOf('early'));
  const answer = Promise.withResolvers<Rights>();
  be(() => answer.promise);
  await vi.advanceTimersByTimeAsync(500);
  const before = structuredClone(rights);
  store('late');
  const late = open(keyOf('late'));
  answer.resolve(before);
  await vi.advanceTimersByTimeAsync(0);

  expect(late.endings).toEqual([]);
});

test('a key that something is open with is in use', async () => {
  const { store, open, uses } = openStore();
  store('a');
  open(keyOf('a'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(uses).toEqual(['a', 'a']);
});

test('a key may have 100 sockets and streams, an ADMIN as many as it likes', () => {
  const { store, open } = openStore();
  for (const id of ['a', 'b', 'admin']) store(id);
  const opened = Array.from({ length: MAX_PER_KEY }, () => open(keyOf('a')));

  expect(() => open(keyOf('a'))).toThrow(TooManySessionsError);
  expect(() => open(keyOf('a'))).toThrow(/has 100 WebSockets and streams open, 100 at most/);
  open(keyOf('b'));
  opened[0]?.session[Symbol.dispose]();
  opened[0]?.session[Symbol.dispose]();
  open(keyOf('a'));
  expect(() => open(keyOf('a'))).toThrow(TooManySessionsError);
  for (let count = 0; count <= MAX_PER_KEY; count += 1) open(keyOf('admin', { role: 'ADMIN' }));
});

test('tokens are counted by person, whatever their number', () => {
  const { open } = openStore();
  const token = (subject: string) => keyOf('', { keyId: null, subject });
  for (let count = 0; count < MAX_PER_KEY; count += 1) open(token('person-1'));
  expect(() => open(token('person-1'))).toThrow(TooManySessionsError);
  open(token('person-2'));
});

test('anonymous sockets are counted by address, and end after a minute without a question', async () => {
  const { open, asked } = openStore();
  const opened = Array.from({ length: MAX_ANONYMOUS }, () => open(ANONYMOUS));
  expect(() => open(ANONYMOUS)).toThrow(/100 WebSockets without a key open, 100 at most/);
  open(ANONYMOUS, '192.0.2.2');

  await vi.advanceTimersByTimeAsync(30_000);
  opened[0]?.session.touch();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(opened[0]?.endings).toEqual([]);
  expect(opened[1]?.endings.map(({ why }) => why)).toEqual(['IDLE']);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(opened[0]?.endings.map(({ why }) => why)).toEqual(['IDLE']);
  expect(asked).toEqual([]);
});
