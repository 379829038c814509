/**
 * The headers every postback carries. `webhook-id` stays the same in every attempt, so a receiver
 * can drop repeats; `webhook-timestamp` is the moment of this attempt in Unix seconds, as Standard
 * Webhooks has it. A signature is added by whoever holds the pixel's secret.
 */
export function outgoingHeaders(attempt: {
  postbackId: string;
  attempt: number;
  now: Date;
  version: string;
}): Record<string, string> {
  return {
    'webhook-id': attempt.postbackId,
    'webhook-timestamp': String(Math.floor(attempt.now.getTime() / 1000)),
    'webhook-attempt': String(attempt.attempt),
    'user-agent': `Volley/${attempt.version}`,
  };
}
