import { useSignal } from '@preact/signals';
import { hrefOf } from './address.ts';
import { messageOf } from './api.ts';
import { CANCEL, REPLAY } from './operations.ts';
import type { PostbackDetail } from './postback-drawer.tsx';
import { ask, mayChange } from './session.ts';

type Told = { problem: string } | { done: string; postbackId?: string } | null;

const OPEN = ['SCHEDULED', 'HELD', 'RETRYING'];

/** Replay for what is decided, cancel for what is open; nothing for who may only read. */
export function PostbackActions(props: { postback: PostbackDetail; onChange: () => void }) {
  const { id, status } = props.postback;
  const told = useSignal<Told>(null);
  const isAsking = useSignal(false);
  if (!mayChange()) return null;

  async function act(action: () => Promise<Told>) {
    isAsking.value = true;
    told.value = await action().catch((thrown: unknown) => ({ problem: messageOf(thrown) }));
    isAsking.value = false;
    props.onChange();
  }
  const replay = (template: 'ORIGINAL' | 'CURRENT') => async (): Promise<Told> => {
    const { replayPostback } = await ask(REPLAY, { input: { postbackId: id, template } });
    if ('message' in replayPostback) return { problem: replayPostback.message };
    return {
      done: 'It is fired again, as a new postback:',
      postbackId: replayPostback.postback.id,
    };
  };
  const cancel = async (): Promise<Told> => {
    const { cancelPostback } = await ask(CANCEL, { input: { postbackId: id } });
    if ('message' in cancelPostback) return { problem: cancelPostback.message };
    return { done: 'Cancelled: no further attempt is made.' };
  };

  return (
    <section class="actions">
      {OPEN.includes(status) ? (
        <button type="button" disabled={isAsking.value} onClick={() => act(cancel)}>
          Cancel postback
        </button>
      ) : (
        <>
          <button
            type="button"
            disabled={isAsking.value}
            title="Calls the receiver again, with the template of then"
            onClick={() => act(replay('ORIGINAL'))}
          >
            Replay
          </button>
          <button
            type="button"
            disabled={isAsking.value}
            title="Calls the receiver again, with the pixel as it is now"
            onClick={() => act(replay('CURRENT'))}
          >
            Replay with the template of now
          </button>
        </>
      )}
      <span role="status">
        {told.value && 'problem' in told.value && <span class="problem">{told.value.problem}</span>}
        {told.value && 'done' in told.value && (
          <>
            {told.value.done}{' '}
            {told.value.postbackId && (
              <a href={hrefOf('postback', told.value.postbackId)}>open it</a>
            )}
          </>
        )}
      </span>
    </section>
  );
}
