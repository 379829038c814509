import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readableLog } from '../support/log-lines.ts';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';
import { sendRaw } from '../support/raw-http.ts';
import { ENTRY_URL, seedReference } from '../support/seed.ts';

/**
 * Arbitrary requests over real sockets: whatever comes, the answer is none of 5xx, the connection ends,
 * nothing is logged as a fault, and the service goes on. Longer: FUZZ_RUNS=5000, another way: FUZZ_SEED.
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 150);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_125);
/** Requests of one run are sent at the same time. */
const AT_ONCE = 4;

const { log, lines } = readableLog('error');
let volley: TestApp;
beforeAll(async () => {
  volley = await makeApp({ VOLLEY_TRUSTED_PROXIES: '127.0.0.1' }, log);
  await seedReference(volley.admin);
});
afterAll(() => volley[Symbol.asyncDispose]());

const ROUTES = [
  ...['/', '/click', ENTRY_URL, '/event', '/event?event=Sale', '/events.csv', '/graphql'],
  ...['/reports/postbacks.csv', '/health', '/ready', '/metrics', '/monitor', '//click', '*'],
  'http://volley.example/click',
];
const METHODS = ['PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE', 'QUERY', 'CONNECT', 'X'];

/** Whatever a header or a target may hold, and now and then what neither may. */
const characters = (from: number, to: number) =>
  fc.string({
    unit: fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code)),
    maxLength: 60,
  });
const text = fc.oneof(
  { weight: 20, arbitrary: characters(0x21, 0x7e) },
  { weight: 1, arbitrary: characters(0x01, 0xff) },
);
const escaped = fc.oneof(
  text,
  fc.string({ unit: 'binary', maxLength: 30 }).map((it) => encodeURIComponent(it.toWellFormed())),
  fc.constantFrom('%', '%zz', '%00', '%ff%fe', '%0d%0a', '%252e', '..', '\\', ';', '{}', '[]'),
);
const PARAMETERS = [
  ...[
    'affid',
    'campaign',
    'clickid',
    'event',
    'amount',
    'currency',
    'status',
    'occurred_at',
    'key',
  ],
  ...[
    'transaction_id',
    'query',
    'variables',
    'extensions',
    'operationName',
    'columns',
    'from',
    'to',
  ],
  ...['dryRun', 'onRefused', 'affiliateIds', 'statusCodes', 'test', '__proto__', 'constructor'],
];
const VALUES = [
  ...[
    '101',
    '2001',
    'Sale',
    'FirstDeposit',
    '50',
    '-1',
    '1e400',
    'NaN',
    'USD',
    'true',
    'DELIVERED',
  ],
  ...[
    '{__typename}',
    '{}',
    '[]',
    'null',
    '{"a":',
    '2026-11-25T00:00:00Z',
    '9999999999999',
    ADMIN_KEY,
  ],
];
const pair = fc
  .tuple(
    fc.oneof(fc.constantFrom(...PARAMETERS), escaped),
    fc.oneof(fc.constantFrom(...VALUES).map(encodeURIComponent), escaped),
  )
  .map(([name, value]) => `${name}=${value}`);
const target = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ROUTES) },
      text.map((it) => `/${it}`),
    ),
    fc.array(pair, { maxLength: 6 }),
  )
  .map(([path, pairs]) =>
    pairs.length > 0 ? `${path}${path.includes('?') ? '&' : '?'}${pairs.join('&')}` : path,
  );

const NAMES: Record<string, string[]> = {
  authorization: [
    `Bearer ${ADMIN_KEY}`,
    'Bearer',
    'Bearer vly_x',
    'Basic YTpi',
    '',
    'Bearer \u00ff',
  ],
  'content-type': [
    ...['application/json', 'application/graphql', 'application/x-www-form-urlencoded', 'text/csv'],
    ...[
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      ';',
      ',',
    ],
  ],
  accept: ['*/*', 'text/html', 'text/event-stream', 'image/png', ';q=x', ',', 'a/b;q=1;q=2'],
  origin: ['http://localhost:1', 'https://evil.example', 'null', '%', 'http://[', ''],
  host: ['a', 'a b', '[', '', '127.0.0.1:99999'],
  'content-encoding': ['gzip', 'identity', 'x'],
  'x-request-id': ['request-0001', ' ', '\u00e4'.repeat(300)],
  'x-forwarded-for': ['192.0.2.1', '10.0.0.1, unknown', ', , ,', '::', '"'.repeat(50)],
  'access-control-request-method': ['POST', ''],
  'apollo-require-preflight': ['1'],
  expect: ['100-continue', 'x'],
  upgrade: ['h2c', 'websocket', 'x'],
  connection: ['keep-alive', 'Upgrade', 'close, Upgrade'],
  range: ['bytes=0-', 'x'],
  'if-none-match': ['*'],
  'sec-websocket-key': ['dGhlIHNhbXBsZSBub25jZQ==', 'x'],
  'sec-websocket-version': ['13', '99'],
  'user-agent': ['Googlebot', '', '\u00ff'],
};
const known = fc
  .constantFrom(...Object.keys(NAMES))
  .chain((name) =>
    fc.oneof(fc.constantFrom(...(NAMES[name] ?? [])), text).map((value) => `${name}: ${value}`),
  );
const unknown = fc
  .tuple(fc.stringMatching(/^[a-z!#$%&'*+.^_`|~0-9-]{1,20}$/), text)
  .filter(([name]) => !/^(content-length|transfer-encoding)$/.test(name))
  .map(([name, value]) => `${name}: ${value}`);

const body = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 4 }).map((json) => Buffer.from(json)),
  fc.array(pair, { maxLength: 4 }).map((pairs) => Buffer.from(pairs.join('&'))),
  fc
    .record(
      {
        query: fc.oneof(
          fc.constantFrom('{__typename}', '{ viewer { role } }', '{'),
          fc.jsonValue(),
        ),
        variables: fc.jsonValue(),
        operationName: fc.jsonValue(),
        extensions: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((params) => Buffer.from(JSON.stringify(params))),
  fc
    .constantFrom('clickId,type\n1,Sale\n', '\ufeffclickid,event\r\n"', '\n\n')
    .map((it) => Buffer.from(it)),
);

/** What gets a request past the first doors. */
const KEY = `authorization: Bearer ${ADMIN_KEY}`;
const opening = fc.constantFrom(
  [],
  [KEY],
  [KEY, 'content-type: application/json'],
  [KEY, 'content-type: application/x-www-form-urlencoded'],
  [KEY, 'content-type: text/csv'],
  ['content-type: application/json'],
);

const request = fc
  .tuple(
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom('GET', 'POST') }, fc.constantFrom(...METHODS)),
    target,
    fc
      .tuple(
        opening,
        fc.array(fc.oneof({ weight: 3, arbitrary: known }, unknown), { maxLength: 5 }),
      )
      .map((headers) => headers.flat()),
    body,
    fc.boolean(),
  )
  .map(([method, url, headers, content, isChunked]) => {
    const framing = isChunked ? 'transfer-encoding: chunked' : `content-length: ${content.length}`;
    const head = [`${method} ${url} HTTP/1.1`, 'host: a', ...headers, framing, 'connection: close'];
    const chunk = content.length > 0 ? `${content.length.toString(16)}\r\n` : '';
    const [before, after] = isChunked ? [chunk, `${chunk && '\r\n'}0\r\n\r\n`] : ['', ''];
    return Buffer.concat([
      Buffer.from(`${head.join('\r\n')}\r\n\r\n${before}`, 'latin1'),
      content,
      Buffer.from(after, 'latin1'),
    ]);
  });

/** Bytes that are not a request any more, and such as never were one. */
const broken = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(request, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
  fc
    .tuple(
      request,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 5,
      }),
    )
    .map(([bytes, flips]) => {
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      return bytes;
    }),
  fc.tuple(request, request).map((both) => Buffer.concat(both)),
);

/** Every status that came back; a connection may also end without any answer. */
function statuses(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

async function survives(requests: Buffer[], isWhole: boolean): Promise<void> {
  const before = lines.length;
  const answers = await Promise.all(requests.map((it) => sendRaw(volley.url, it, isWhole)));

  for (const [at, answer] of answers.entries()) {
    const told = { request: requests[at]?.toString('latin1'), answer: answer.slice(0, 2_000) };
    const isBusyUpload = answer.includes('uploads are under way');
    const faults = statuses(answer).filter((status) => status >= 500 && !isBusyUpload);
    expect({ ...told, faults }).toEqual({ ...told, faults: [] });
    expect(answer).not.toMatch(/\n\s+at .*[(:]|node:internal|Unexpected error/);
  }
  expect(lines.slice(before)).toEqual([]);
}

const options = { seed: SEED, numRuns: RUNS, endOnFailure: true };

test('requests of any kind are answered, and none by a fault', { timeout: 120_000 }, async () => {
  const batch = fc.array(request, { minLength: AT_ONCE, maxLength: AT_ONCE });
  await fc.assert(
    fc.asyncProperty(batch, (requests) => survives(requests, false)),
    options,
  );
});

test('bytes of any kind end their connection and nothing else', { timeout: 120_000 }, async () => {
  const batch = fc.array(broken, { minLength: AT_ONCE, maxLength: AT_ONCE });
  await fc.assert(
    fc.asyncProperty(batch, (requests) => survives(requests, true)),
    options,
  );
  const { viewer } = (await volley.admin.ask('{ viewer { role } }')).data ?? {};
  expect(viewer).toEqual({ role: 'ADMIN' });
});
