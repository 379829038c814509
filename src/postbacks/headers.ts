import { Webhook } from 'standardwebhooks';

/**
 * The headers every postback carries. `webhook-id` stays the same in every attempt, so a receiver
 * can drop repeats; `webhook-timestamp` is the moment of this attempt in Unix seconds, as Standard
 * Webhooks has it.
 *
 * For a signed pixel `webhook-signature` holds one signature per secret in force, newest first, over
 * `${webhook-id}.${webhook-timestamp}.${payload}`.
 */
export function outgoingHeaders(attempt: {
  postbackId: string;
  attempt: number;
  now: Date;
  version: string;
  /** `whsec_...`, newest first; none for a pixel that is not signed. */
  secrets: readonly string[];
  payload: string;
}): Record<string, string> {
  const { postbackId, now, secrets, payload } = attempt;
  const signatures = secrets.map((secret) => new Webhook(secret).sign(postbackId, now, payload));
  return {
    'webhook-id': postbackId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-attempt': String(attempt.attempt),
    'user-agent': `Volley/${attempt.version}`,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  };
}

/**
 * What of a call is signed: the body of a POST (nothing, when it has none), and for a GET the path and
 * query of its URL, as its receiver reads them from the request line.
 */
export function signedPayload(call: {
  method: 'GET' | 'POST';
  finalUrl: string;
  body: string | null;
}): string {
  if (call.method === 'POST') return call.body ?? '';
  const { pathname, search } = new URL(call.finalUrl);
  return `${pathname}${search}`;
}
