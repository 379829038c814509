import { CopyButton } from './copy-button.tsx';
import { toCurl } from './curl.ts';
import { clockTime, duration } from './format.ts';
import type { PostbackDetail } from './postback-drawer.tsx';

type Props = { postback: PostbackDetail; attempt: PostbackDetail['attempts']['nodes'][number] };

/** One HTTP try: the request as far as the log has it, and the answer. */
export function AttemptView({ attempt, postback }: Props) {
  const { method, signed } = postback.pixel;
  const { number, startedAt, durationMs, statusCode, errorKind, message, responseBody } = attempt;
  const left = [method === 'POST' && 'the body', signed && 'the signature'].filter(Boolean);
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
      {responseBody && <pre tabIndex={0}>{responseBody}</pre>}
      <p>
        <CopyButton label="Copy as curl" text={toCurl(method, attempt.finalUrl)} />{' '}
        {left.length > 0 && (
          <span class="hint">without {left.join(' and ')}: the log does not hold it.</span>
        )}
      </p>
    </li>
  );
}
