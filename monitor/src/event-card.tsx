import type { EventDecisionsFragment } from '../gql/graphql.ts';
import { hrefOf } from './address.ts';
import { localTime } from './format.ts';
import { highlight } from './highlight.ts';
import { MarkedUrl } from './marked-url.tsx';
import { reasonInWords } from './reasons.ts';

/** An event, and what each pixel decided about it. */
export function EventCard({ event }: { event: EventDecisionsFragment }) {
  const { type, status, amount, currency, transactionId, revision, decisions } = event;
  return (
    <article class="card">
      <h2>
        {type}
        {amount && ` · ${amount} ${currency ?? ''}`}
      </h2>
      <p class="quiet">
        {status.toLowerCase()}, revision {revision}, received {localTime(event.receivedAt)}
        {transactionId && `, transaction ${transactionId}`}
        {event.clickId && `, Clickid ${event.clickId}`}
      </p>
      {event.unattributed && (
        <p class="warn">It belongs to no click: {reasonInWords(event.unattributed)}.</p>
      )}
      {decisions.length === 0 && !event.unattributed && (
        <p>The affiliate of the click had no pixel.</p>
      )}
      <ul class="decisions">
        {decisions.map(({ fires, reason, pixel, postback }) => (
          <li key={pixel.id}>
            <p>
              <strong class={fires ? 'good' : 'warn'}>{fires ? 'Fires' : 'Does not fire'}</strong>
              {reason && `: ${reasonInWords(reason)}`}
              {postback && (
                <>
                  {' · '}
                  <a href={hrefOf('postback', postback.id)}>
                    postback {postback.status.toLowerCase()}
                  </a>
                </>
              )}
            </p>
            <p class="long-url">
              <MarkedUrl pieces={highlight(pixel.url, null).template} />
            </p>
          </li>
        ))}
      </ul>
    </article>
  );
}
