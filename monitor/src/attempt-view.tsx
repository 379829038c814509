import { CopyButton } from './copy-button.tsx';
import { toCurl } from './curl.ts';
import { clockTime, duration } from './format.ts';
import type { PostbackDetail } from './postback-drawer.tsx';

type Props = { postback: PostbackDetail; attempt: PostbackDetail['attempts']['nodes'][number] };

/** One HTTP try: the request as far as the log has it, and the answer. */
export function AttemptView({ attempt, postback }: Props) {
  const { method, signed } = postback.pixel;
  const { number, startedAt, durationMs, statusCode, errorKind, message, responseBody } = attempt;
  const { nodes } = postback.attempts;
  // The body is that of the latest call: an earlier one's time and number were others.
  const isLatest = attempt.number === Math.max(...nodes.map((it) => it.number));
  const { body: text, contentType } = postback;
  const body = isLatest && text !== null && contentType !== null ? { text, contentType } : null;
  const left = [method === 'POST' && !body && 'the body', signed && 'the signature'].filter(
    Boolean,
  );
  return (
    <li>
      <p>
        <strong>#{number}</strong> {clockTime(Date.parse(startedAt))} · {duration(durationMs)} ·{' '}
        <strong>{statusCode ?? errorKind ?? 'no answer'}</strong>
        {attempt.superseded && <span class="tag">superseded</span>}
      </p>
      {message && <p class="problem">{message}</p>}
      <p class="long-url">
        {method} {attempt.finalUrl}
      </p>
      {body && (
        <pre tabIndex={0} title="Body that was sent">
          {body.text}
        </pre>
      )}
      {responseBody && (
        <pre tabIndex={0} title="Answer">
          {responseBody}
        </pre>
      )}
      <p>
        <CopyButton label="Copy as curl" text={toCurl(method, attempt.finalUrl, body)} />{' '}
        {left.length > 0 && (
          <span class="hint">without {left.join(' and ')}: the log does not hold it.</span>
        )}
      </p>
    </li>
  );
}
