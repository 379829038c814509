import { setFilters } from './address.ts';
import { clockTime, duration, fullTime, shortId } from './format.ts';
import { highlight } from './highlight.ts';
import { MarkedUrl } from './marked-url.tsx';
import type { Row } from './row.ts';
import { visitHref } from './visit-href.ts';

export const COLUMNS = [
  { name: 'time', label: 'Time' },
  { name: 'status', label: 'Status' },
  { name: 'code', label: 'Code' },
  { name: 'latency', label: 'Latency' },
  { name: 'affiliate', label: 'Affiliate' },
  { name: 'event', label: 'Event' },
  { name: 'click', label: 'Clickid' },
  { name: 'pixel', label: 'Pixel' },
  { name: 'url', label: 'Final URL, template' },
] as const;

type Props = { row: Row; index: number; isCurrent: boolean; onChoose: () => void };

/** One line. A click anywhere but on its links opens the postback. */
export function RowView({ row, index, isCurrent, onChoose }: Props) {
  const { template, finalUrl } = highlight(row.template, row.finalUrl);
  const href = visitHref(row.entryUrl);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys of all its rows
    <div
      class={`row ${row.status.toLowerCase()}`}
      role="row"
      aria-rowindex={index + 2}
      tabIndex={isCurrent ? 0 : -1}
      data-key={row.key}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest('a, button')) onChoose();
      }}
    >
      <div role="gridcell" tabIndex={-1} class="time" title={fullTime(row.at)}>
        {clockTime(row.at)}
      </div>
      <div role="gridcell" tabIndex={-1} class="status" title={row.reason ?? ''}>
        <span class="badge">{row.status.toLowerCase()}</span>
        {row.test && <span class="tag">test</span>}
      </div>
      <div role="gridcell" tabIndex={-1} class="code">
        {row.code || '–'}
      </div>
      <div role="gridcell" tabIndex={-1} class="latency" title={`attempt ${row.attempt}`}>
        {row.attempt > 1 && <span class="tag">#{row.attempt}</span>}
        {duration(row.durationMs)}
      </div>
      <div role="gridcell" tabIndex={-1} class="affiliate">
        <button
          type="button"
          class="link"
          tabIndex={-1}
          title="show this affiliate only"
          onClick={() => setFilters({ affid: row.affid })}
        >
          {row.affid}
        </button>
      </div>
      <div role="gridcell" tabIndex={-1} class="event">
        {row.eventType}
      </div>
      <div role="gridcell" tabIndex={-1} class="click">
        {href ? (
          <a
            {...{ href, tabIndex: -1 }}
            target="_blank"
            rel="noopener noreferrer"
            title={`${row.clickId}: open the entry URL ${row.entryUrl}; counts as a new visit`}
          >
            …{row.clickId?.slice(-8)}
          </a>
        ) : (
          (row.clickId && `…${row.clickId.slice(-8)}`) || '–'
        )}
      </div>
      <div role="gridcell" tabIndex={-1} class="pixel">
        <button
          type="button"
          class="link"
          tabIndex={-1}
          title="show this pixel only"
          onClick={() => setFilters({ pixelIds: [row.pixelId] })}
        >
          {shortId(row.pixelId)}
        </button>
      </div>
      <div role="gridcell" tabIndex={-1} class="url">
        <div class="final" title={row.finalUrl ?? ''}>
          {finalUrl.length > 0 ? <MarkedUrl pieces={finalUrl} /> : <NoCall row={row} />}
        </div>
        <div class="template" title={row.template}>
          <MarkedUrl pieces={template} />
        </div>
      </div>
    </div>
  );
}

function NoCall({ row }: { row: Row }) {
  const text = row.status === 'SCHEDULED' ? 'not called yet' : 'no call was made';
  return <span class="none">{row.reason ? `${text}: ${row.reason}` : text}</span>;
}
