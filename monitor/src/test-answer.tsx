import type { MonitorTestPixelMutation } from '../gql/graphql.ts';
import { hrefOf } from './address.ts';
import { duration } from './format.ts';
import { reasonInWords } from './reasons.ts';

type Tested = Extract<MonitorTestPixelMutation['testPixel'], { postback: unknown }>['postback'];

/** What the receiver said to a test fire. */
export function TestAnswer({ postback }: { postback: Tested }) {
  const { id, status, reason, lastAttempt } = postback;
  const outcome = lastAttempt?.statusCode ?? lastAttempt?.errorKind ?? 'no call was made';
  return (
    <section class={`card ${status.toLowerCase()}`}>
      <p>
        <span class="badge">{status.toLowerCase()}</span> The receiver: <strong>{outcome}</strong>
        {lastAttempt && ` after ${duration(lastAttempt.durationMs)}`}{' '}
        {reason && reasonInWords(reason)} <a href={hrefOf('postback', id)}>all of it</a>
      </p>
      {lastAttempt?.message && <p class="problem">{lastAttempt.message}</p>}
      <p class="long-url">{lastAttempt?.finalUrl}</p>
      {lastAttempt?.responseBody && <p class="long-url">{lastAttempt.responseBody}</p>}
    </section>
  );
}
