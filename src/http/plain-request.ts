import type { IncomingMessage } from 'node:http';
import { type FetchAPI, processRegularResult } from 'graphql-yoga';
import type { RouteAnswer } from '../clicks/redirect.ts';
import type { Caller } from '../graphql/context.ts';
import type { Graphql } from './graphql-http.ts';

/** What almost every request is: JSON in, one JSON result out. */
export type PlainRequest = {
  params: {
    query: string;
    variables?: Record<string, unknown>;
    operationName?: string;
    extensions?: Record<string, unknown>;
  };
  /** Of the answer. */
  mediaType: string;
};

const JSON_BODY = /^application\/json *(?:; *charset="?utf-?8"? *)?$/i;
const RESULT_TYPES = ['application/graphql-response+json', 'application/json'];
const PARAMETERS = ['query', 'variables', 'operationName', 'extensions'];

/**
 * Reads a request that is plain in every respect; null for any other, which Yoga then answers or refuses in
 * its words: streams, forms, persisted operations, and all that is malformed.
 */
export function readPlainRequest(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  body: Buffer,
): PlainRequest | null {
  if (method !== 'POST' || !JSON_BODY.test(headers['content-type'] ?? '')) return null;
  const mediaType = chooseType(headers.accept ?? '*/*');
  const params = mediaType && parseJson(body);
  if (!mediaType || !isPlain(params) || /\bsubscription\b/.test(params.query)) return null;
  return { params, mediaType };
}

/** As Yoga chooses: what is named first, and for `*` plain JSON. Null when it is none of ours, or hangs on more. */
function chooseType(accept: string): string | null {
  if (/charset/i.test(accept)) return null;
  let chosen = null;
  for (const range of accept.replaceAll(/\s/g, '').toLowerCase().split(',').reverse()) {
    const [type] = range.split(';');
    for (const ours of RESULT_TYPES) {
      if (type === ours || type === '*/*' || type === 'application/*') chosen = ours;
    }
  }
  return chosen;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}

function isPlain(params: unknown): params is PlainRequest['params'] {
  if (!isObject(params)) return false;
  const { query, variables, operationName, extensions } = params;
  return (
    Object.keys(params).every((name) => PARAMETERS.includes(name)) &&
    typeof query === 'string' &&
    query !== '' &&
    (operationName == null || typeof operationName === 'string') &&
    [variables, extensions].every((it) => it == null || isObject(it))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the hooks of Yoga's plugins look at of a request, and what is the same for all plain ones. */
const POST = new Request('http://localhost/graphql', { method: 'POST' });

/** Takes what Yoga makes a Response of. */
class Answer implements Pick<RouteAnswer, 'body' | 'headers' | 'status'> {
  readonly body: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  constructor(body: string, { status, headers }: Omit<RouteAnswer, 'body'>) {
    this.body = body;
    this.status = status;
    this.headers = headers;
  }
}
const ANSWERS = { Response: Answer } as unknown as FetchAPI;

/**
 * Runs a plain request through Yoga's hooks and makes its answer, without a Request, Response, headers, streams and
 * signals of Fetch for each: these cost as much as the rest of Yoga (decision 0025).
 */
export async function answerPlainRequest(
  { getResultForParams }: Pick<Graphql, 'getResultForParams'>,
  { params, mediaType }: PlainRequest,
  caller: Caller,
): Promise<RouteAnswer> {
  const result = await getResultForParams({ params, request: POST }, caller);
  return processRegularResult(result as never, ANSWERS, mediaType) as unknown as Answer;
}
