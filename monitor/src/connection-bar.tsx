import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clockTime, count, duration } from './format.ts';
import { tryNow } from './network.ts';
import { connection, feed, outage, readMissed, shown, togglePause } from './watch.ts';

/** How the page stands to the live stream, what was missed, and the pause. */
export function ConnectionBar() {
  return (
    <div class="bar">
      <State />
      <Missed />
      <span class="spring" />
      <Pause />
    </div>
  );
}

function State() {
  const state = connection.value;
  const seconds = useSecondsUntil(state.kind === 'lost' ? state.againAt : null);
  const text = {
    connecting: 'Connecting …',
    live: 'Live',
    lost: 'Reconnecting',
    refused: 'Stopped',
  };
  return (
    <>
      <span class={`state ${state.kind}`} role="status">
        {text[state.kind]}
      </span>
      {state.kind === 'refused' && (
        <span class="problem" role="alert">
          {state.reason}
        </span>
      )}
      {state.kind === 'lost' && (
        <span class="quiet">
          {state.reason}; next try {seconds > 0 ? `in ${seconds} s` : 'now'}.{' '}
          <button type="button" class="link" onClick={tryNow}>
            Try now
          </button>
        </span>
      )}
    </>
  );
}

/** An interruption stays told until somebody has read it. */
function Missed() {
  const past = outage.value;
  if (!past || connection.value.kind !== 'live') return null;
  const { lostAt, backAt, caughtUp, gap } = past;
  return (
    <span class={gap ? 'missed gap' : 'missed'} role="status">
      {gap ? (
        <>
          Gap: the live log no longer holds all that was missed before {clockTime(backAt)}.{' '}
          <button type="button" class="link" onClick={() => void readMissed(lostAt)}>
            Read it from the report
          </button>
        </>
      ) : (
        `Resumed after ${duration(backAt - lostAt)}, ${count(caughtUp, 'row')} caught up`
      )}
      <button
        type="button"
        class="link close"
        aria-label="Dismiss"
        onClick={() => {
          outage.value = null;
        }}
      >
        ×
      </button>
    </span>
  );
}

function Pause() {
  void shown.value;
  const { isPaused, waiting, dropped, size } = feed;
  return (
    <>
      <span class="quiet figures">
        {count(size, 'row')}
        {isPaused && dropped > 0 && `, ${count(dropped, 'more')} than the page keeps`}
      </span>
      <button
        type="button"
        class={isPaused ? 'primary' : ''}
        title={isPaused ? 'Show what came meanwhile' : 'Hold the table still; nothing is lost'}
        onClick={togglePause}
      >
        {isPaused ? `Catch up · ${waiting.toLocaleString('en')} new` : 'Pause'}
      </button>
    </>
  );
}

function useSecondsUntil(at: number | null): number {
  const seconds = useSignal(0);
  useEffect(() => {
    if (at === null) return;
    const tell = () => {
      seconds.value = Math.max(0, Math.ceil((at - Date.now()) / 1000));
    };
    tell();
    const timer = setInterval(tell, 250);
    return () => clearInterval(timer);
  }, [at]);
  return seconds.value;
}
