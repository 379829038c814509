import { filters, setFilters } from './address.ts';
import { isFiltered, NO_FILTERS } from './filters.ts';
import { connection, feed, isFirstLoad, loadProblem, shown } from './watch.ts';

/** What stands where the rows would be: still loading, an error, or truly nothing. */
export function EmptyTable() {
  void shown.value;
  if (loadProblem.value) {
    return (
      <p class="notice problem" role="alert">
        The newest postbacks could not be read: {loadProblem.value} What comes live is shown.
      </p>
    );
  }
  if (feed.size > 0) return null;
  if (connection.value.kind === 'refused') return null;
  if (isFirstLoad.value) return <p class="notice">Reading the newest postbacks …</p>;
  if (isFiltered(filters.value)) {
    return (
      <p class="notice">
        No postback passes these filters yet.{' '}
        <button type="button" onClick={() => setFilters(NO_FILTERS)}>
          Take the filters away
        </button>
      </p>
    );
  }
  return (
    <div class="notice">
      <p>No postback yet. The first one appears here by itself:</p>
      <ol>
        <li>an affiliate has a pixel for the event,</li>
        <li>a visitor comes in on its tracking link,</li>
        <li>an event is reported for that click, and the integration’s delay has passed.</li>
      </ol>
    </div>
  );
}
