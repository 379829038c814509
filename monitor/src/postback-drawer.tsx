import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MonitorPostbackQuery } from '../gql/graphql.ts';
import { hrefOf } from './address.ts';
import { AttemptView } from './attempt-view.tsx';
import { Drawer } from './drawer.tsx';
import { duration, localTime } from './format.ts';
import { highlight } from './highlight.ts';
import { useLoaded } from './load.ts';
import { MarkedUrl } from './marked-url.tsx';
import { POSTBACK } from './operations.ts';
import { PostbackActions } from './postback-actions.tsx';
import { reasonInWords } from './reasons.ts';
import { ask } from './session.ts';
import { ValueTable } from './value-table.tsx';
import { visitHref } from './visit-href.ts';
import { arrived } from './watch.ts';

export type PostbackDetail = Extract<MonitorPostbackQuery['node'], { __typename: 'Postback' }>;

/** One postback with all that is known of it; read again whenever an attempt of it comes in. */
export function PostbackDrawer({ id }: { id: string }) {
  const changes = useSignal(0);
  useEffect(
    () =>
      arrived.subscribe((rows) => {
        if (rows.some(({ postbackId }) => postbackId === id)) changes.value += 1;
      }),
    [id],
  );
  const loaded = useLoaded(() => readPostback(id), [id, changes.value]);
  const { data, problem, isLoading } = loaded.value;
  return (
    <Drawer title="Postback">
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {!data && isLoading && <p class="quiet">Reading the postback …</p>}
      {data === 'NONE' && <p>There is no such postback, or not for this key.</p>}
      {data && data !== 'NONE' && (
        <Detail
          postback={data}
          onChange={() => {
            changes.value += 1;
          }}
        />
      )}
    </Drawer>
  );
}

async function readPostback(id: string): Promise<PostbackDetail | 'NONE'> {
  const { node } = await ask(POSTBACK, { id });
  return node?.__typename === 'Postback' ? node : 'NONE';
}

function Detail({ postback, onChange }: { postback: PostbackDetail; onChange: () => void }) {
  const { status, reason, event, clickId, entryUrl, latency, destination, replayOf } = postback;
  const attempts = postback.attempts.nodes;
  const last = attempts.at(-1);
  const { template, finalUrl } = highlight(postback.url, last?.finalUrl ?? null);
  const href = visitHref(entryUrl);
  return (
    <>
      <p class={status.toLowerCase()}>
        <span class="badge">{status.toLowerCase()}</span> {reason && reasonInWords(reason)}
        {postback.test && <span class="tag">test fire</span>}
      </p>
      {finalUrl.length > 0 && (
        <section>
          <h3>Final URL</h3>
          <p class="long-url hero">
            <MarkedUrl pieces={finalUrl} />
          </p>
        </section>
      )}
      <section>
        <h3>Template</h3>
        <p class="long-url">
          <MarkedUrl pieces={template} />
        </p>
      </section>
      <PostbackActions postback={postback} onChange={onChange} />
      <dl class="facts">
        <Fact name="Event">
          {event.type} · {event.status.toLowerCase()}
          {event.amount && ` · ${event.amount} ${event.currency ?? ''}`}{' '}
          <a href={hrefOf('event', event.id)}>Why did or didn’t it fire?</a>
        </Fact>
        <Fact name="Transaction">{event.transactionId}</Fact>
        <Fact name="Clickid">
          {clickId}{' '}
          {href && (
            <a
              {...{ href }}
              target="_blank"
              rel="noopener noreferrer"
              title="counts as a new visit"
            >
              entry URL
            </a>
          )}
        </Fact>
        <Fact name="Affiliate">{postback.affiliate.affid}</Fact>
        <Fact name="Integration">{event.integration.name}</Fact>
        <Fact name="Due">{localTime(postback.dueAt)}</Fact>
        <Fact name="First fired">
          {postback.firedAt &&
            `${localTime(postback.firedAt)}, ${duration(latency.firstTryMs)} after it was due`}
        </Fact>
        <Fact name="Next attempt">
          {postback.nextAttemptAt && localTime(postback.nextAttemptAt)}
        </Fact>
        <Fact name="Decided">
          {postback.finishedAt &&
            `${localTime(postback.finishedAt)}${latency.doneMs ? `, ${duration(latency.doneMs)} after the first attempt began` : ''}`}
        </Fact>
        <Fact name="Partner’s delay">
          {latency.receivedMs !== null && duration(latency.receivedMs)}
        </Fact>
        <Fact name="Held by">
          {destination.held &&
            `${destination.origin}: ${destination.heldReason}, next call ${localTime(destination.nextProbeAt ?? '')}`}
        </Fact>
        <Fact name="Replay of">
          {replayOf && <a href={hrefOf('postback', replayOf.id)}>an earlier postback</a>}
        </Fact>
      </dl>
      <section>
        <h3>Attempts</h3>
        {attempts.length === 0 && <p class="quiet">No call was made.</p>}
        <ol class="attempts">
          {attempts.map((attempt) => (
            <AttemptView key={attempt.number} attempt={attempt} postback={postback} />
          ))}
        </ol>
      </section>
      <section>
        <h3>Where each value came from</h3>
        <ValueTable values={postback.values} />
      </section>
    </>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  if (!children) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
