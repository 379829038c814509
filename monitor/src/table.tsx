import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { go } from './address.ts';
import { EmptyTable } from './empty-table.tsx';
import type { Row } from './row.ts';
import { COLUMNS, RowView } from './row-view.tsx';
import { scrollTo, spanOf } from './virtual.ts';
import { feed, shown } from './watch.ts';

/** As in the style sheet: where a line has no room, it becomes a card. px */
const heightOfRow = (width: number) => (width <= 700 ? 104 : 44);

/** The newest lines on top; only those in sight are drawn, so ten thousand are as quick as ten. */
export function Table() {
  const box = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 600, rowHeight: heightOfRow(innerWidth) });
  const current = useSignal<string | null>(null);
  const risen = useRef(feed.risen);
  void shown.value;

  const { size } = feed;
  const { top, height, rowHeight } = view.value;
  const { from, to } = spanOf(size, rowHeight, top, height);
  const rows: Row[] = [];
  for (let index = from; index < to; index += 1) {
    const row = feed.at(index);
    if (row) rows.push(row);
  }
  const hasCurrent = rows.some(({ key }) => key === current.value);

  function measure() {
    const { scrollTop = 0, clientHeight = 600, offsetWidth = innerWidth } = box.current ?? {};
    view.value = { top: scrollTop, height: clientHeight, rowHeight: heightOfRow(offsetWidth) };
  }
  useEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  // Whoever reads further down keeps their place while lines come in on top.
  useLayoutEffect(() => {
    const added = feed.risen - risen.current;
    risen.current = feed.risen;
    if (box.current && added > 0 && box.current.scrollTop > 0) {
      box.current.scrollTop += added * rowHeight;
    }
  });

  function focusRow(index: number) {
    const row = feed.at(Math.max(0, Math.min(size - 1, index)));
    if (!row || !box.current) return;
    current.value = row.key;
    const { scrollTop, clientHeight } = box.current;
    box.current.scrollTop = scrollTo(feed.indexOf(row.key), rowHeight, scrollTop, clientHeight);
    measure();
    requestAnimationFrame(() => {
      box.current?.querySelector<HTMLElement>('[tabindex="0"][role=row]')?.focus();
    });
  }

  function press(event: KeyboardEvent) {
    const at = current.value === null ? -1 : feed.indexOf(current.value);
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: size - 1,
    };
    const target = event.target as HTMLElement;
    if (event.key in steps) {
      event.preventDefault();
      focusRow(steps[event.key] ?? 0);
    } else if (event.key === 'Enter' && target.role === 'row') {
      const row = feed.at(at);
      if (row) open(row);
    }
  }

  return (
    <div
      class="table"
      role="grid"
      tabIndex={-1}
      aria-label="Postbacks, newest first"
      aria-rowcount={size + 1}
      aria-colcount={COLUMNS.length}
      onKeyDown={press}
    >
      <div class="row head" role="row" tabIndex={-1} aria-rowindex={1}>
        {COLUMNS.map(({ name, label }) => (
          <div key={name} role="columnheader" tabIndex={-1} class={name}>
            {label}
          </div>
        ))}
      </div>
      <div class="rows" role="rowgroup" ref={box} onScroll={measure}>
        <EmptyTable />
        <div class="stretch" role="presentation" style={{ height: `${size * rowHeight}px` }}>
          <div
            class="drawn"
            role="presentation"
            style={{ transform: `translateY(${from * rowHeight}px)` }}
          >
            {rows.map((row, index) => (
              <RowView
                key={row.key}
                row={row}
                index={from + index}
                isCurrent={hasCurrent ? row.key === current.value : index === 0}
                onChoose={() => {
                  current.value = row.key;
                  open(row);
                }}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function open(row: Row): void {
  go('postback', row.postbackId);
}
