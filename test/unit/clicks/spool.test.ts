import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openClickSpool, spoolClicks } from '../../../src/clicks/spool.ts';
import { createLog } from '../../../src/platform/log.ts';
import type { NewClick } from '../../../src/store/clicks.ts';

const log = createLog('silent');
let directory: string;
let stored: string[];
let storeIsDown: boolean;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volley-spool-'));
  stored = [];
  storeIsDown = false;
});

afterEach(() => rm(directory, { recursive: true }));

function open(limit?: number, limitBytes?: number) {
  const write = async (clicks: NewClick[]) => {
    if (storeIsDown) throw new Error('down');
    stored.push(...clicks.map(({ clickId }) => clickId));
  };
  const limits = { ...(limit && { limit }), ...(limitBytes && { limitBytes }) };
  return openClickSpool({ directory, write, log, ...limits });
}

function click(clickId: string): NewClick {
  return {
    id: clickId,
    clickId,
    affiliateId: 'affiliate',
    campaignId: 'campaign',
    entryUrl: '/click?note=line\nbreak',
    parameters: [],
    warnings: [],
    ip: null,
    userAgent: null,
    createdAt: new Date(0),
  };
}

test('clicks are written in order when the store is back, and only once', async () => {
  const spool = await open();
  await Promise.all(['a', 'b', 'c'].map((id) => spool.add(click(id))));
  expect(spool.waiting).toBe(3);

  expect(await spool.drain()).toBe(3);
  expect(await spool.drain()).toBe(0);
  expect(stored).toEqual(['a', 'b', 'c']);
  expect(spool.waiting).toBe(0);
});

test('a failed drain keeps everything, and later clicks come after it', async () => {
  const spool = await open();
  await spool.add(click('a'));
  storeIsDown = true;
  await expect(spool.drain()).rejects.toThrow('down');
  await spool.add(click('b'));
  storeIsDown = false;

  expect(await spool.drain()).toBe(2);
  expect(stored).toEqual(['a', 'b']);
});

test('another process finds what one left behind, also in the middle of a drain', async () => {
  const first = await open();
  await first.add(click('a'));
  storeIsDown = true;
  await expect(first.drain()).rejects.toThrow('down');
  await first.add(click('b'));
  storeIsDown = false;
  const second = await open();

  expect(second.waiting).toBe(2);
  expect(await second.drain()).toBe(2);
  expect(stored).toEqual(['a', 'b']);
});

test('half a line that a crash left spoils no click after it', async () => {
  const first = await open();
  await first.add(click('a'));
  await appendFile(join(directory, 'clicks.ndjson'), '\n{"clickId":"lo');
  const second = await open();
  await second.add(click('b'));

  expect(await second.drain()).toBe(2);
  expect(stored).toEqual(['a', 'b']);
});

test('refuses clicks beyond its limit', async () => {
  const spool = await open(2);
  await spool.add(click('a'));
  await spool.add(click('b'));

  await expect(spool.add(click('c'))).rejects.toThrow(/full \(2 clicks\)/);
});

test('a click goes to the spool when the store refuses it or stays silent', async () => {
  const spooled: string[] = [];
  const add = (clickId: string, store: () => Promise<void>) =>
    spoolClicks({
      clicks: { add: store },
      spool: { add: async (it) => void spooled.push(it.clickId) },
      report: { clickSpooled: () => {} },
    }).add(click(clickId));

  await add('stored', async () => {});
  await add('refused', () => Promise.reject(new Error('down')));
  await add('silent', () => new Promise(() => {}));

  expect(spooled).toEqual(['refused', 'silent']);
});

test('a spool that has its bytes refuses, also after a restart, until it was drained', async () => {
  const line = Buffer.byteLength(`\n${JSON.stringify(click('a'))}`);
  const first = await open(undefined, 2 * line);
  await first.add(click('a'));
  await first.add(click('b'));
  await expect(first.add(click('c'))).rejects.toThrow(`full (${2 * line} bytes)`);
  const second = await open(undefined, 2 * line);
  await expect(second.add(click('c'))).rejects.toThrow('full');

  await second.drain();
  await second.add(click('c'));
  expect(await second.drain()).toBe(1);
  expect(stored).toEqual(['a', 'b', 'c']);
});

test('large clicks are written a few at a time', async () => {
  const sizes: number[] = [];
  const write = async (clicks: NewClick[]) => void sizes.push(clicks.length);
  const spool = await openClickSpool({ directory, write, log });
  const entryUrl = 'x'.repeat(1_500_000);
  for (const id of ['a', 'b', 'c', 'd', 'e']) await spool.add({ ...click(id), entryUrl });

  expect(await spool.drain()).toBe(5);
  expect(sizes).toEqual([2, 2, 1]);
});
