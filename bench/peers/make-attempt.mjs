import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';

const agent = new Agent({ connections: 10, pipelining: 1, keepAliveTimeout: 4_000 });

/** One call with the headers of Volley's, and what its row says. Ten connections to an origin at most, as Volley has. */
export async function makeAttempt({ postbackId, url, number }) {
  const startedAt = new Date();
  const attempt = { postbackId, number, startedAt, finalUrl: url, outcomeId: randomUUID() };
  const durationMs = () => Date.now() - startedAt.getTime();
  try {
    const { statusCode, body } = await request(url, {
      dispatcher: agent,
      headers: {
        'webhook-id': postbackId,
        'webhook-timestamp': String(Math.floor(startedAt.getTime() / 1000)),
        'webhook-attempt': String(number),
        'user-agent': 'Volley/bench',
      },
    });
    const responseBody = await body.text();
    return { ...attempt, durationMs: durationMs(), statusCode, errorKind: null, responseBody };
  } catch {
    const failed = { statusCode: null, errorKind: 'CONNECTION_FAILED', responseBody: null };
    return { ...attempt, ...failed, durationMs: durationMs() };
  }
}
