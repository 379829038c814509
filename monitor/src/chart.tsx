import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { filters } from './address.ts';
import { count, duration } from './format.ts';
import { type Columns, countRows, type Rates, toColumns } from './rates.ts';
import { arrived } from './watch.ts';

const HEIGHT = 96;

/** Attempts per second and lateness, of what came live while this page was open. */
export function Chart() {
  const box = useRef<HTMLDivElement>(null);
  const summary = useSignal('Nothing fired yet');
  useEffect(() => {
    const rates: Rates = new Map();
    const plot = new uPlot(options(box.current!), toColumns(rates, nowS()), box.current!);
    const draw = () => {
      const columns = toColumns(rates, nowS());
      plot.setData(columns);
      summary.value = tell(columns);
    };
    const stops = [
      arrived.subscribe((rows) => {
        if (rows.length === 0) return;
        countRows(rates, rows);
        draw();
      }),
      // Another filter, another chart.
      filters.subscribe(() => rates.clear()),
    ];
    const timer = setInterval(() => document.hidden || draw(), 1_000);
    const observer = new ResizeObserver(([entry]) => {
      plot.setSize({ width: entry?.contentRect.width ?? 600, height: HEIGHT });
    });
    observer.observe(box.current!);
    return () => {
      clearInterval(timer);
      observer.disconnect();
      for (const stop of stops) stop();
      plot.destroy();
    };
  }, []);
  return (
    <figure class="chart">
      <figcaption>
        <span class="key fired">fired</span> <span class="key failed">failed</span>{' '}
        <span class="key retried">retried</span> per second, <span class="key late">lateness</span>{' '}
        · <span class="quiet">{summary}</span>
      </figcaption>
      <div class="plot" ref={box} aria-hidden="true" />
    </figure>
  );
}

/** The same in words, also for who cannot see it. */
function tell([, fired, failed, retried, late]: Columns): string {
  const sum = (list: (number | null)[]) =>
    list.reduce<number>((total, one) => total + (one ?? 0), 0);
  if (sum(fired) === 0) return 'Nothing fired within 5 minutes';
  const latest = late.filter((ms) => ms !== null);
  const worst = latest.length > 0 ? `, at most ${duration(Math.max(...latest))} late` : '';
  return `5 minutes: ${count(sum(fired), 'attempt')}, ${sum(failed)} failed, ${sum(retried)} retried${worst}`;
}

function options(box: HTMLElement): uPlot.Options {
  const bars = uPlot.paths.bars!({ size: [0.9, 8] });
  // Read from what is styled, at every drawing: a canvas knows nothing of light and dark.
  const colour = (name: string) => () => {
    const key = box.parentElement?.querySelector(`.key.${name}`);
    return key ? getComputedStyle(key, '::before').backgroundColor : '';
  };
  const axis = {
    stroke: () => getComputedStyle(box).color,
    font: '11px system-ui, sans-serif',
    ticks: { show: false },
  };
  const grid = { stroke: () => getComputedStyle(box).borderTopColor, width: 1 };
  return {
    width: 600,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 0, 0, 0],
    scales: {
      y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] },
      late: { range: (_plot, _min, max) => [0, Math.max(100, (max ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, size: 22, grid: { show: false } },
      { ...axis, grid, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], space: 24 },
      {
        ...axis,
        grid: { show: false },
        side: 1,
        scale: 'late',
        size: 58,
        space: 24,
        values: (_plot, ticks) => ticks.map((ms) => duration(ms)),
      },
    ],
    series: [
      {},
      { label: 'fired', paths: bars, fill: colour('fired'), points: { show: false } },
      { label: 'failed', paths: bars, fill: colour('failed'), points: { show: false } },
      {
        label: 'retried',
        stroke: colour('retried'),
        width: 1.5,
        points: { show: true, size: 5, fill: colour('retried') },
      },
      {
        label: 'lateness',
        scale: 'late',
        stroke: colour('late'),
        width: 1.5,
        spanGaps: false,
        points: { show: true, size: 4, fill: colour('late') },
      },
    ],
  };
}

function nowS(): number {
  return Math.floor(Date.now() / 1_000);
}
