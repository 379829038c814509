import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';
import { parseAnswers, type RawAnswer, sendRaw } from '../support/raw-http.ts';

let volley: TestApp;
beforeAll(async () => {
  volley = await makeApp();
});
afterAll(() => volley[Symbol.asyncDispose]());

const KEY = `authorization: Bearer ${ADMIN_KEY}`;
const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;

/** The one answer to bytes that end their connection. */
async function answerTo(bytes: string | Buffer): Promise<RawAnswer> {
  const answers = parseAnswers(await sendRaw(volley.url, bytes));
  expect(answers).toHaveLength(1);
  return answers[0] as RawAnswer;
}

function expectReadable({ headers, body }: RawAnswer): void {
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  expect(JSON.parse(body)).toMatchObject({ error: expect.stringMatching(/\w{3}/) });
  expect(body).not.toMatch(/node:|\.ts:|at .*\(/);
}

describe('a request line', () => {
  test.each([
    ['GET http://volley.example/health HTTP/1.1', 200],
    ['GET HTTP://volley.example:81/health HTTP/1.1', 200],
    ['GET http://volley.example HTTP/1.1', 200],
    ['GET /health HTTP/1.0', 200],
    ['GET //health HTTP/1.1', 404],
    ['GET //evil.example/click HTTP/1.1', 404],
    ['GET /%zz HTTP/1.1', 404],
    ['GET /%00%0d%0a HTTP/1.1', 404],
    ['GET /../health HTTP/1.1', 404],
    ['GET /health# HTTP/1.1', 404],
    ['GET /click?affid=%zz&campaign=%ff HTTP/1.1', 400],
    ['TRACE /health HTTP/1.1', 405],
    ['TRACE /graphql HTTP/1.1', 405],
    ['HEAD /graphql HTTP/1.1', 405],
    ['OPTIONS /health HTTP/1.1', 405],
    ['OPTIONS * HTTP/1.1', 404],
    ['PROPFIND /graphql HTTP/1.1', 405],
    ['EVIL /health HTTP/1.1', 400],
    ['get /health HTTP/1.1', 400],
    ['GET /health HTTP/2.0', 400],
    ['GET /health HTTP/9.9', 400],
    ['GET /health', 400],
    ['GET /hea\tlth HTTP/1.1', 400],
    ['GET /\u0000 HTTP/1.1', 400],
    ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 400],
    ['PRI * HTTP/2.0', 400],
  ])('%j is %i', async (line, status) => {
    const answer = await answerTo(lines(line, 'host: volley.example', 'connection: close'));

    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.headers.allow).toMatch(/GET/);
    if (status >= 400 && !line.includes('/click') && !line.startsWith('HEAD')) {
      expectReadable(answer);
    }
  });

  test('CONNECT ends the connection and nothing else', async () => {
    expect(await sendRaw(volley.url, lines('CONNECT evil.example:443 HTTP/1.1', 'host: a'))).toBe(
      '',
    );
    expect((await volley.as(null).fetch('/health')).status).toBe(200);
  });
});

describe('headers', () => {
  test.each([
    ['no host', [], 400],
    ['two hosts', ['host: a', 'Host: b'], 400],
    ['101 of them', ['host: a', ...Array.from({ length: 100 }, (_, at) => `x-${at}: 1`)], 431],
    ['3,000 of them', ['host: a', ...Array.from({ length: 3_000 }, (_, at) => `x-${at}: 1`)], 431],
    ['a space before the colon', ['host: a', 'x-a : 1'], 400],
    ['a line that goes on', ['host: a', 'x-a: 1', ' 2'], 400],
    ['a NUL', ['host: a', 'x-a: \u0000'], 400],
    ['no name', ['host: a', ': 1'], 400],
    ['no colon', ['host: a', 'x-a'], 400],
    ['an expectation', ['host: a', 'expect: a-miracle', 'connection: close'], 417],
  ])('%s: refused', async (_what, headers, status) => {
    const answer = await answerTo(lines('GET /health HTTP/1.1', ...headers));
    expect(answer.status).toBe(status);
    expectReadable(answer);
  });

  test('100 of them are read, to the last', async () => {
    const padding = Array.from({ length: 96 }, (_, at) => `x-${at}: 1`);
    const answer = await answerTo(
      lines(
        ...['GET /reports/postbacks.csv?status=GONE HTTP/1.1', 'host: a', ...padding],
        ...['accept: */*', 'connection: close', KEY],
      ),
    );
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('SCHEDULED')]);
  });

  test('an offer of another protocol is declined without a word', async () => {
    const offer = [
      'connection: Upgrade, HTTP2-Settings, close',
      'upgrade: h2c',
      'http2-settings: AA',
    ];
    const answer = await answerTo(lines('GET /health HTTP/1.1', 'host: a', ...offer));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { status: 'ok' }]);
  });

  test.each(['a b', '"<script>"', '[::1', '..', 'x'.repeat(1_000), '%00', 'a:b:c', ''])(
    'a host that is none (%j) is no fault of ours',
    async (host) => {
      const body = '{"query":"{ __typename }"}';
      const answer = await answerTo(
        lines(
          ...['POST /graphql HTTP/1.1', `host: ${host}`, 'content-type: application/json'],
          ...[`content-length: ${body.length}`, 'connection: close'],
        ) + body,
      );
      expect(answer.status).toBe(200);
      expect(answer.body).toContain('{"data":{"__typename":"Query"}');
    },
  );

  test('a client that waits for 100 Continue gets it', async () => {
    const body = '{"query":"{ __typename }"}';
    const answers = parseAnswers(
      await sendRaw(
        volley.url,
        lines(
          ...['POST /graphql HTTP/1.1', 'host: a', 'content-type: application/json'],
          ...[`content-length: ${body.length}`, 'expect: 100-continue', 'connection: close'],
        ) + body,
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([100, 200]);
  });
});

describe('a body that could be read in two ways', () => {
  const smuggled = lines('GET /smuggled HTTP/1.1', 'host: a');
  const chunked = `0\r\n\r\n${smuggled}`;

  test.each([
    ['both lengths', ['content-length: 5', 'transfer-encoding: chunked'], chunked],
    ['both lengths, the other way', ['transfer-encoding: chunked', 'content-length: 5'], chunked],
    ['two lengths', ['content-length: 5', 'content-length: 6'], `hello${smuggled}`],
    ['two lengths in one', ['content-length: 5, 6'], `hello${smuggled}`],
    ['a length with a sign', ['content-length: +5'], `hello${smuggled}`],
    ['a negative length', ['content-length: -1'], smuggled],
    ['a hexadecimal length', ['content-length: 0x5'], `hello${smuggled}`],
    ['a length beyond all', ['content-length: 99999999999999999999'], smuggled],
    ['another encoding', ['transfer-encoding: xchunked'], chunked],
    ['chunked before another', ['transfer-encoding: chunked, identity'], chunked],
    ['chunked behind a tab', ['transfer-encoding:\u000bchunked'], chunked],
    ['a chunk that lies', ['transfer-encoding: chunked'], `zz\r\nhello\r\n${smuggled}`],
    ['a chunk of any size', ['transfer-encoding: chunked'], `${'f'.repeat(17)}\r\n${smuggled}`],
    ['a chunk with a sign', ['transfer-encoding: chunked'], `+5\r\nhello\r\n0\r\n\r\n${smuggled}`],
    ['line feeds alone', ['transfer-encoding: chunked'], `5\nhello\n0\n\n${smuggled}`],
  ])('%s: refused, and what follows is not looked at', async (_what, headers, body) => {
    const head = ['POST /event HTTP/1.1', 'host: a', 'content-type: application/json', ...headers];
    const answers = parseAnswers(await sendRaw(volley.url, lines(...head) + body));

    expect(answers.map(({ status }) => status)).toEqual([400]);
    expectReadable(answers[0] as RawAnswer);
  });

  test('two requests on one connection are answered in their order', async () => {
    const answers = parseAnswers(
      await sendRaw(
        volley.url,
        lines('GET /health HTTP/1.1', 'host: a') +
          lines('GET /nothing HTTP/1.1', 'host: a', 'connection: close'),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 404]);
  });
});

describe('the body of /graphql', () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    volley.admin.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(body),
    });
  const invalidUtf8 = Buffer.concat([
    Buffer.from('{"query":"{ __typename }","operationName":"'),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('"}'),
  ]);

  test.each([
    ['malformed JSON', '{"query":', {}, 400, /JSON/],
    ['nothing', '', {}, 400, /JSON/],
    ['a JSON list', '[]', {}, 400, /batch|array|object/i],
    ['a JSON null', 'null', {}, 400, /object/],
    ['a JSON number', '5', {}, 400, /object/],
    [
      'an object without a query',
      '{"variables":{}}',
      { accept: 'application/graphql-response+json' },
      400,
      /query/,
    ],
    ['an unknown member', '{"query":"{ __typename }","colour":1}', {}, 400, /colour/],
    ['invalid UTF-8', invalidUtf8, {}, 400, /UTF-8/],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, /compressed/],
    ['no content-type', '{}', { 'content-type': '' }, 415, /content-type.*application\/json/],
    ['XML', '<a/>', { 'content-type': 'text/xml' }, 415, /application\/json.*text\/xml/],
    [
      'a form with files',
      'x',
      { 'content-type': 'multipart/form-data; boundary=x' },
      415,
      /multipart/,
    ],
    [
      'variables of a form that are no JSON',
      'query=%7B__typename%7D&variables=%7B',
      { 'content-type': 'application/x-www-form-urlencoded' },
      400,
      /variables.*JSON/,
    ],
    [
      'an answer as a picture',
      '{"query":"{ __typename }"}',
      { accept: 'image/png' },
      406,
      /image\/png/,
    ],
  ])('%s is told in words', async (_what, body, headers, status, message) => {
    const answer = await post(body, headers as Record<string, string>);
    const { errors } = (await answer.json()) as {
      errors: { message: string; extensions: object }[];
    };
    expect([answer.status, errors[0]?.message]).toEqual([status, expect.stringMatching(message)]);
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('variables of a query string that are no JSON are the caller’s fault', async () => {
    const answer = await volley.admin.fetch('/graphql?query=%7B__typename%7D&variables=%7B');
    const { errors } = (await answer.json()) as { errors: object[] };
    expect([answer.status, errors]).toEqual([
      400,
      [expect.objectContaining({ message: expect.stringMatching(/variables.*JSON/) })],
    ]);
  });

  test('a mutation whose answer nobody could read is not made', async () => {
    const query = 'mutation { createOffer(input: { code: "unread", name: "x" }) { __typename } }';
    await post(JSON.stringify({ query }), { accept: 'image/png, text/html;q=0.5' });
    expect(await volley.sql(`SELECT 1 FROM offer WHERE code = 'unread'`)).toEqual([]);
  });

  test.each(['*/*', 'application/*', 'text/html, */*;q=0.1', 'APPLICATION/JSON', ''])(
    'an answer for accept: %j there is',
    async (accept) => {
      const answer = await post('{"query":"{ __typename }"}', { accept });
      expect(answer.status).toBe(200);
    },
  );
});

describe('the body of /event', () => {
  test.each([
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'UTF-8'],
    ['a compressed body', '{}', { 'content-encoding': 'br' }, 415, 'compressed'],
  ])('%s is told in words', async (_what, body, headers, status, message) => {
    const answer = await volley.admin.fetch('/event?event=Sale', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
      body: Buffer.from(body),
    });
    expect([answer.status, await answer.json()]).toEqual([
      status,
      expect.objectContaining({ error: expect.stringContaining(message) }),
    ]);
  });
});
