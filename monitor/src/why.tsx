import type { EventDecisionsFragment } from '../gql/graphql.ts';
import { go } from './address.ts';
import { EventCard } from './event-card.tsx';
import { useLoaded } from './load.ts';
import { WHY_CLICK, WHY_EVENT } from './operations.ts';
import { ask } from './session.ts';

/** Answers "why did or didn't it fire?" for one event, or for all events of a click. */
export function Why({ eventId, clickId }: { eventId?: string; clickId?: string }) {
  const loaded = useLoaded(() => readEvents(eventId, clickId), [eventId, clickId]);
  const { data, problem, isLoading } = loaded.value;
  return (
    <div class="page">
      <h1>Why did or didn’t it fire?</h1>
      <form
        class="line"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = String(new FormData(event.currentTarget).get('clickId')).trim();
          if (typed) go('why', typed);
        }}
      >
        <label class="filter">
          <span>Clickid</span>
          <input name="clickId" defaultValue={clickId ?? ''} size={30} autocomplete="off" />
        </label>
        <button type="submit">Look up its events</button>
      </form>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {isLoading && <p class="quiet">Reading …</p>}
      {!isLoading && !problem && data?.length === 0 && (eventId || clickId) && (
        <p>No event was reported for it, or none that this key may see.</p>
      )}
      {data?.map((event) => (
        <EventCard key={event.id} event={event} />
      ))}
    </div>
  );
}

async function readEvents(
  eventId: string | undefined,
  clickId: string | undefined,
): Promise<EventDecisionsFragment[]> {
  if (eventId) {
    const { node } = await ask(WHY_EVENT, { id: eventId });
    return node?.__typename === 'Event' ? [node] : [];
  }
  if (!clickId) return [];
  return (await ask(WHY_CLICK, { clickId })).events.nodes;
}
