import { useSignal } from '@preact/signals';
import { createClient } from 'graphql-ws';
import { useEffect } from 'preact/hooks';
import type { EchoLineFragment, MonitorEchoReceivedSubscription } from '../gql/graphql.ts';
import { messageOf } from './api.ts';
import { CREATE_ECHO_RECEIVER, ECHO_RECEIVED, ECHO_RECEIVER } from './echo-operations.ts';
import { localTime } from './format.ts';
import { useLoaded } from './load.ts';
import { ask, mayChange, session } from './session.ts';

type Props = {
  affiliate: { id: string; affid: string };
  /** Puts a URL into the template. */
  onUse: (url: string) => void;
};

/** As many as are shown. */
const SHOWN = 20;

/** The affiliate's echo receiver: a URL to try a pixel with, and what arrives at it, as it arrives. */
export function EchoPanel({ affiliate, onUse }: Props) {
  const problem = useSignal<string | null>(null);
  const made = useSignal(0);
  const arrived = useSignal<EchoLineFragment[]>([]);
  const { data, problem: unread } = useLoaded(
    async () =>
      (await ask(ECHO_RECEIVER, { affid: affiliate.affid })).affiliate?.echoReceiver ?? null,
    [affiliate.affid, made.value],
  ).value;
  useEffect(() => {
    if (!data) return;
    arrived.value = data.calls.nodes;
    return watchCalls(data.id, (call) => {
      const others = arrived.peek().filter(({ id }) => id !== call.id);
      arrived.value = [call, ...others].slice(0, SHOWN);
    });
  }, [data?.id]);

  async function use() {
    const { createEchoReceiver } = await ask(CREATE_ECHO_RECEIVER, { affiliateId: affiliate.id });
    if ('message' in createEchoReceiver) {
      problem.value = createEchoReceiver.message;
      return;
    }
    made.value += 1;
    onUse(createEchoReceiver.echoReceiver.url);
  }

  return (
    <section class="card" aria-labelledby="echo-title">
      <h2 id="echo-title">Echo receiver</h2>
      <p class="muted">
        A receiver of Volley’s own, for trying a pixel out: what arrives is shown here.{' '}
        {data && <code>{data.url}</code>}
      </p>
      {mayChange() && (
        <button
          type="button"
          onClick={() =>
            use().catch((thrown: unknown) => {
              problem.value = messageOf(thrown);
            })
          }
        >
          Use it in the template
        </button>
      )}
      {(problem.value ?? unread) && <p class="problem">{problem.value ?? unread}</p>}
      {data && arrived.value.length === 0 && <p>Nothing has arrived yet.</p>}
      <ol class="plain" aria-label="What arrived at the echo receiver">
        {arrived.value.map((call) => (
          <li key={call.id}>
            <p class="long-url">
              {localTime(call.receivedAt)} <strong>{call.method}</strong> {call.path || '/'}
              {call.query && `?${call.query}`} · {call.status}
            </p>
            {call.body && <p class="long-url">{call.body}</p>}
            <details>
              <summary>Headers</summary>
              <pre>{call.headers.map(({ name, value }) => `${name}: ${value}`).join('\n')}</pre>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Tells each call that arrives, until what this answers is called; a lost connection is made again. */
function watchCalls(echoReceiverId: string, tell: (call: EchoLineFragment) => void): () => void {
  const client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: () => ({ authorization: `Bearer ${session.value?.key}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
  });
  client.subscribe<MonitorEchoReceivedSubscription>(
    { query: ECHO_RECEIVED.toString(), variables: { echoReceiverId } },
    {
      next: ({ data }) => {
        if (data?.echoReceived.call) tell(data.echoReceived.call);
      },
      error() {},
      complete() {},
    },
  );
  return () => void client.dispose();
}
