import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { PostbackStatus } from '../gql/graphql.ts';
import { addressProblems, filters, setFilters } from './address.ts';
import { Choice } from './choice.tsx';
import { isFiltered, NO_FILTERS, STATUSES } from './filters.ts';
import { shortId } from './format.ts';
import { FILTER_CHOICES } from './operations.ts';
import { ask, session } from './session.ts';

/** The filters of the query, kept in the address. Texts are taken over with Enter or when left. */
export function FilterBar() {
  const { affid, eventTypes, status, pixelIds, clickId, finalUrlContains, test } = filters.value;
  const known = useEventTypes();
  return (
    <search class="filters" aria-label="Filters">
      {!session.value?.viewer.affiliate && (
        <Text label="Affiliate" name="affid" value={affid} size={8} />
      )}
      <Choice
        label="Event"
        any="any event"
        options={known}
        chosen={eventTypes}
        onChoose={(chosen) => setFilters({ eventTypes: chosen })}
      />
      <Choice
        label="Status"
        any="any status"
        options={STATUSES}
        chosen={status}
        onChoose={(chosen) => setFilters({ status: chosen as PostbackStatus[] })}
      />
      <Text label="Clickid" name="clickId" value={clickId} size={14} />
      <Text label="Final URL contains" name="finalUrlContains" value={finalUrlContains} size={20} />
      <Choice
        label="Test fires"
        any="with test fires"
        options={['no test fires', 'only test fires']}
        chosen={test === null ? [] : [test ? 'only test fires' : 'no test fires']}
        onChoose={([chosen]) =>
          setFilters({ test: chosen === undefined ? null : chosen === 'only test fires' })
        }
      />
      {pixelIds.length > 0 && (
        <button type="button" class="chip" onClick={() => setFilters({ pixelIds: [] })}>
          pixel {pixelIds.map(shortId).join(', ')} <span aria-hidden="true">×</span>
          <span class="hidden">: show all pixels</span>
        </button>
      )}
      {isFiltered(filters.value) && (
        <button type="button" class="link" onClick={() => setFilters(NO_FILTERS)}>
          Clear filters
        </button>
      )}
      {addressProblems.value.length > 0 && (
        <span class="problem" role="alert">
          The address was not understood: {addressProblems.value.join('; ')}.
        </span>
      )}
    </search>
  );
}

type TextProps = {
  label: string;
  name: 'affid' | 'clickId' | 'finalUrlContains';
  value: string;
  size: number;
};

function Text({ label, name, value, size }: TextProps) {
  return (
    <label class="filter">
      <span>{label}</span>
      <input
        type="search"
        {...{ name, value, size }}
        maxLength={1024}
        autocomplete="off"
        spellcheck={false}
        onChange={(event) => setFilters({ [name]: event.currentTarget.value.trim() })}
      />
    </label>
  );
}

function useEventTypes(): readonly string[] {
  const known = useSignal<string[]>([]);
  useEffect(() => {
    ask(FILTER_CHOICES, {})
      .then(({ eventTypes }) => {
        known.value = eventTypes.nodes.map(({ code }) => code).toSorted();
      })
      // Without the list the filter offers what the address names; the table tells what is wrong.
      .catch(() => {});
  }, []);
  return known.value;
}
