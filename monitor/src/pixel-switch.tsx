import { useSignal } from '@preact/signals';
import type { PixelLineFragment } from '../gql/graphql.ts';
import { messageOf } from './api.ts';
import { PAUSE_PIXEL, RESUME_PIXEL } from './pixel-operations.ts';
import { ask, mayChange } from './session.ts';

type Props = { pixel: PixelLineFragment; changed: () => void };

/** Whether a pixel fires, and the button that stops it or lets it go on. */
export function PixelSwitch({ pixel: { id, status }, changed }: Props) {
  const problem = useSignal('');
  const isPaused = status === 'PAUSED';
  async function toggle() {
    try {
      const answer = isPaused
        ? (await ask(RESUME_PIXEL, { pixelId: id })).resumePixel
        : (await ask(PAUSE_PIXEL, { pixelId: id })).pausePixel;
      problem.value = 'message' in answer ? answer.message : '';
      changed();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }
  return (
    <>
      <span class={status === 'ACTIVE' ? 'good' : 'warn'}>
        {status.toLowerCase().replace('_', ' ')}
      </span>
      {mayChange() && (isPaused || status === 'ACTIVE') && (
        <button type="button" class="link" onClick={toggle}>
          {isPaused ? 'Resume' : 'Pause'}
        </button>
      )}
      <span class="problem" role="alert">
        {problem}
      </span>
    </>
  );
}
