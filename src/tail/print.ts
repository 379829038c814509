import { styleText } from 'node:util';
import type { TailFiredSubscription } from './gql/graphql.ts';

type Fired = TailFiredSubscription['postbackFired'];
type Style = Parameters<typeof styleText>[0];

const STATUS_STYLE: Record<string, Style> = {
  DELIVERED: 'green',
  RETRYING: 'yellow',
  HELD: 'yellow',
  FAILED: 'red',
};
const STATUS_WIDTH = 'CANCELLED'.length;

/**
 * One result as a line: when the attempt ended, what became of it, code, duration, affiliate, event, click and
 * the URL that was called. Colours are left out by `styleText` where the output is no terminal.
 */
export function lineOf({ postback, attempt }: Fired): string {
  if (!postback || !attempt) return '';
  const endedAt = new Date(Date.parse(attempt.startedAt) + attempt.durationMs);
  const status = postback.status.padEnd(STATUS_WIDTH);
  const answer = String(attempt.statusCode ?? attempt.errorKind ?? '-').padEnd(3);
  const again =
    postback.status === 'RETRYING' && postback.nextAttemptAt
      ? styleText('dim', ` again ${clockTime(new Date(postback.nextAttemptAt))}`)
      : '';
  return [
    styleText('dim', clockTime(endedAt)),
    styleText(STATUS_STYLE[postback.status] ?? 'dim', status),
    answer,
    `${attempt.durationMs} ms`.padStart(8),
    `#${attempt.number}`,
    postback.affiliate.affid,
    postback.event.type,
    postback.clickId ?? '-',
    `${plain(attempt.finalUrl)}${again}`,
  ].join('  ');
}

/** One result as JSON, with the cursor that `--after` takes. */
export function jsonOf({ cursor, postback, attempt }: Fired): string {
  return JSON.stringify({ cursor, postback, attempt });
}

/** URLs are typed by affiliates: nothing in them may steer the terminal. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '�');
}

/** In the time zone of whoever looks. */
function clockTime(time: Date): string {
  return `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
