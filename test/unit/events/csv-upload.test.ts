import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCsvUploads } from '../../../src/events/csv-upload.ts';
import type { StoredEvent } from '../../../src/events/store-events.ts';
import type { UploadOptions } from '../../../src/events/upload-report.ts';
import { CoalescerFullError } from '../../../src/platform/coalescer.ts';

type Recorded = { clickId: string; type: string; [field: string]: unknown };

const ADMIN = { role: 'ADMIN', keyId: 'key', affiliateIds: [] } as never;
const STORED: StoredEvent = { eventId: 'e', duplicate: false, postbacks: 1, unattributed: false };
const WHOLE: UploadOptions = { dryRun: false, onRefused: 'skip' };

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'volley-csv-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** Uploads over a store that only remembers; `take` may refuse a report. */
async function makeUploads(
  take: (report: Recorded) => StoredEvent | Promise<StoredEvent> = () => STORED,
) {
  const directory = await mkdtemp(join(parent, 'uploads-'));
  const recorded: Recorded[] = [];
  const faults: unknown[] = [];
  const uploads = await openCsvUploads({
    directory,
    catalog: {
      integration: async (id) => ({ id, delaySeconds: 5 }),
      hasEventType: async (code) => code !== 'Unknown',
      eventTypeCodes: async () => ['Sale'],
    },
    recordEvent: async (_viewer, report) => {
      const stored = await take(report as Recorded);
      recorded.push(report as Recorded);
      return stored;
    },
    integrationIdOf: (id) => id,
    report: { eventsUploaded: () => {}, loopFailed: (what) => faults.push(what) },
  });
  const run = (text: string | Buffer, options: Partial<UploadOptions> = {}, size = 7) => {
    const bytes = Buffer.from(text);
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    return uploads.run(ADMIN, Readable.from(parts), { ...WHOLE, ...options });
  };
  return { directory, uploads, recorded, faults, run };
}

test('reads what any CSV writer writes, however the bytes are cut', async () => {
  const cell = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((it) => `x${it}`);
  const valid = cell.filter((it) => !it.includes('\u0000') && it.isWellFormed());
  const line = fc.record({ clickId: valid, transactionId: valid, occurredAt: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(line, { maxLength: 30, selector: ({ transactionId }) => transactionId }),
      fc.record({ bom: fc.boolean(), quoted: fc.boolean(), crlf: fc.boolean() }),
      fc.integer({ min: 1, max: 40 }),
      async (lines, { bom, quoted, crlf }, size) => {
        const { recorded, run } = await makeUploads();
        const rows = lines.map(({ clickId, transactionId, occurredAt }) => [
          clickId,
          'Sale',
          transactionId,
          occurredAt ? '2026-11-22T12:00:00.000Z' : '',
        ]);
        const text = stringify(rows, {
          header: true,
          columns: ['clickid', 'type', 'transactionId', 'occurred_at'],
          bom,
          quoted,
          record_delimiter: crlf ? 'windows' : 'unix',
        });

        const report = await run(text, {}, size);

        expect(report).toMatchObject({ lines: lines.length, recorded: lines.length, refused: 0 });
        expect(recorded).toEqual(
          lines.map(({ clickId, transactionId, occurredAt }) => ({
            clickId,
            type: 'Sale',
            transactionId,
            ...(occurredAt && { occurredAt: new Date('2026-11-22T12:00:00Z') }),
          })),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('refused lines are told by the line an editor shows, under the names of the file', async () => {
  const { recorded, run } = await makeUploads();

  const report = await run(
    [
      'clickid,event,amount,status,transaction_id',
      'c1,Sale,12.5,approved,T1',
      '"c\r\n2",Sale,1,,',
      '',
      'c3,Sale,12.5.1,GONE,T3',
      'c4,Sale',
      'c5,Unknown,1,,',
      ',Sale,1,,',
      'c6,,1,,',
    ].join('\r\n'),
  );

  expect(report).toMatchObject({ lines: 7, recorded: 3, refused: 4, postbacks: 3 });
  expect(report.problems).toMatchObject([
    { line: 6, issues: [{ path: ['status'], message: expect.stringContaining('REVERSED') }] },
    { line: 7, issues: [{ path: [], message: 'has 2 cells, the header has 5' }] },
    { line: 8, issues: [{ path: ['event'], message: expect.stringContaining('Unknown') }] },
    { line: 10, issues: [{ path: ['event'], message: 'must not be empty' }] },
  ]);
  expect(recorded.map(({ clickId, status }) => [clickId, status])).toEqual([
    ['c1', 'APPROVED'],
    ['c\r\n2', undefined],
    ['', undefined],
  ]);
});

test.each([
  ['an unknown column', 'clickId,type,curency\n', 'did you mean currency?'],
  ['a repeated column', 'clickId,type,clickid\n', 'name the same column'],
  ['a missing column', 'clickId,amount\n', 'needs a column type or event'],
  ['nothing', '', 'is empty'],
  ['a quote that is not closed', 'clickId,type\n"c1,Sale\n', 'line 2'],
  ['a quote in a bare cell', 'clickId,type\nc"1,Sale\nc2,Sale\n', 'in quotes'],
  ['bytes that are no UTF-8', Buffer.from([0x63, 0xff, 0xfe]), 'UTF-8'],
  ['half a character at the end', Buffer.from('clickId,type\nc1,Sale\xc3', 'latin1'), 'UTF-8'],
])('%s records nothing and says why', async (_what, text, reason) => {
  const { directory, recorded, run } = await makeUploads();

  await expect(run(text)).rejects.toMatchObject({
    name: 'InvalidInputError',
    message: expect.stringContaining(reason),
  });
  expect(recorded).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

test('a line over 64 KiB and a body that breaks off record nothing', async () => {
  const { directory, uploads, recorded, run } = await makeUploads();

  await expect(
    run(`clickId,type\nc1,Sale\n${'x'.repeat(70_000)},Sale\n`, {}, 4096),
  ).rejects.toMatchObject({
    name: 'UploadTooLargeError',
    message: expect.stringContaining('line 3'),
  });
  async function* broken() {
    yield Buffer.from('clickId,type\nc1,Sale\nc2,Sale\n');
    throw new Error('broke off');
  }
  await expect(uploads.run(ADMIN, Readable.from(broken()), WHOLE)).rejects.toThrow('broke off');
  expect(recorded).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

test('dryRun records nothing; onRefused=stop records nothing when a line is refused', async () => {
  const { recorded, run } = await makeUploads();
  const text = 'clickId,type\nc1,Sale\nc2,Unknown\n';

  expect(await run(text, { dryRun: true })).toMatchObject({ lines: 2, recorded: 0, refused: 1 });
  expect(await run(text, { onRefused: 'stop' })).toMatchObject({ recorded: 0, refused: 1 });
  expect(recorded).toEqual([]);
  expect(await run('clickId,type\nc1,Sale\n', { onRefused: 'stop' })).toMatchObject({
    recorded: 1,
  });
});

test('a store that fails in the middle is told by the first line that was not recorded', async () => {
  const text = `clickId,type\n${Array.from({ length: 1_200 }, (_, at) => `c${at},Sale\n`).join('')}`;
  const { faults, recorded, run } = await makeUploads(({ clickId }) => {
    if (Number(clickId.slice(1)) >= 700) throw new Error('the store is down');
    return STORED;
  });

  expect(await run(text, {}, 4096)).toMatchObject({ lines: 1_200, recorded: 700, nextLine: 702 });
  expect(recorded).toHaveLength(700);
  expect(faults).toEqual(['store uploaded event']);
});

test('a line that PostgreSQL refuses for its data is refused alone', async () => {
  const { run } = await makeUploads(({ clickId }) => {
    if (clickId === 'c2') throw Object.assign(new Error('out of range'), { code: '22003' });
    return STORED;
  });

  expect(await run('clickId,type\nc1,Sale\nc2,Sale\nc3,Sale\n')).toMatchObject({
    recorded: 2,
    refused: 1,
    problems: [{ line: 3 }],
  });
});

test('reports of one transaction are recorded in the order of the file', async () => {
  const statuses = ['PENDING', 'APPROVED', 'REVERSED'];
  // Together, the last would be stored first.
  const { recorded, run } = await makeUploads(async ({ status }) => {
    for (let turns = 3 - statuses.indexOf(String(status)); turns > 0; turns -= 1) {
      await setImmediate();
    }
    return STORED;
  });
  const lines = statuses.flatMap((status) => [`c1,Sale,T1,${status}`, `c2,Sale,T2,${status}`]);

  await run(`clickId,type,transactionId,status\n${lines.join('\n')}`);

  const of = (id: string) => recorded.filter(({ transactionId }) => transactionId === id);
  expect(of('T1').map(({ status }) => status)).toEqual(statuses);
  expect(of('T2').map(({ status }) => status)).toEqual(statuses);
});

test('an upload waits while too many reports wait already', async () => {
  let refusals = 2;
  const { run } = await makeUploads(() => {
    if (refusals-- > 0) throw new CoalescerFullError(5_000);
    return STORED;
  });

  expect(await run('clickId,type\nc1,Sale\nc2,Sale\n')).toMatchObject({ recorded: 2 });
});

test('problems beyond 1,000 are counted', async () => {
  const { run } = await makeUploads();

  const report = await run(`clickId,type\n${'c1,Unknown\n'.repeat(1_250)}`, {}, 4096);

  expect(report).toMatchObject({ lines: 1_250, refused: 1_250, problemsOmitted: 250 });
  expect(report.problems).toHaveLength(1_000);
});

test('two uploads at a time; a stop gives up one that still comes in', async () => {
  const { directory, recorded, run, uploads } = await makeUploads();
  const started = [0, 1].map(() => {
    const body = new Readable({ read() {} });
    body.push('clickId,type\nc1,Sale\n');
    return uploads.run(ADMIN, body, WHOLE).catch((thrown: unknown) => thrown);
  });

  await expect(run('clickId,type\n')).rejects.toMatchObject({ name: 'UploadBusyError' });
  await uploads.stop();
  for (const given of await Promise.all(started)) {
    expect(given).toMatchObject({ name: 'UploadBusyError' });
  }
  await expect(run('clickId,type\n')).rejects.toThrow('stopping');
  expect(recorded).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

test('a stop lets the chunk under way end and says where to go on', async () => {
  const text = `clickId,type\n${'c,Sale\n'.repeat(1_200)}`;
  let stopped: Promise<void> | undefined;
  const { run, uploads } = await makeUploads(() => {
    stopped ??= uploads.stop();
    return STORED;
  });

  expect(await run(text, {}, 4096)).toMatchObject({ recorded: 500, nextLine: 502 });
  await stopped;
});

test('what a crash left behind is removed at the start', async () => {
  const { directory } = await makeUploads();
  await writeFile(join(directory, 'left-behind'), 'half an upload');

  await openCsvUploads({ directory } as never);

  expect(await readdir(directory)).toEqual([]);
});
