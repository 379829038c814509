const IN_WORDS: Record<string, string> = {
  TRIGGER_NOT_MATCHED: 'the pixel listens to another event type',
  STATUS_NOT_LISTENED: 'the pixel does not listen to this event status',
  CAMPAIGN_NOT_IN_SCOPE: 'the campaign of the click is not one of the pixel’s',
  CLICK_TOO_OLD: 'the click was older than the pixel allows',
  PIXEL_PAUSED: 'the pixel was paused',
  PIXEL_DELETED: 'the pixel was deleted',
  PIXEL_PENDING_APPROVAL: 'the pixel waits for a manager’s approval',
  PIXEL_CREATED_LATER: 'the pixel was made after the event',
  PIXEL_CHANGED_LATER: 'the pixel was changed after the event',
  REQUIRED_VALUE_MISSING: 'a placeholder that must have a value has none',
  UNRESOLVED_PLACEHOLDER: 'a placeholder has no value, and the pixel says not to call then',
  ATTEMPTS_EXHAUSTED: 'every attempt failed',
  ADDRESS_REFUSED: 'the receiver’s address is one that Volley may not call',
  TLS_CERTIFICATE: 'the receiver’s certificate is not valid',
  TIMEOUT: 'the receiver did not answer in time',
  CLICK_UNKNOWN: 'no such click is known; one that arrives within 24 hours is still attributed',
  CLICK_MALFORMED: 'what the report named cannot be a Clickid of Volley',
  CLICK_MISSING: 'the report named no click',
};

/** A machine-readable reason with what it means; one that is not known stays as it is. */
export function reasonInWords(reason: string): string {
  const words = IN_WORDS[reason];
  if (words) return `${words} (${reason})`;
  const code = /^HTTP_(\d+)$/.exec(reason)?.[1];
  return code ? `the receiver answered ${code} (${reason})` : reason;
}
