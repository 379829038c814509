import { useSignal } from '@preact/signals';
import type { PixelLineFragment } from '../gql/graphql.ts';
import { hrefOf } from './address.ts';
import { highlight } from './highlight.ts';
import { useLoaded } from './load.ts';
import { MarkedUrl } from './marked-url.tsx';
import { PixelBuilder, type Saved } from './pixel-builder.tsx';
import { PIXELS } from './pixel-operations.ts';
import { PixelSwitch } from './pixel-switch.tsx';
import { ask, mayChange, session } from './session.ts';

/** The pixels of an affiliate, and the builder of one: `NEW`, or by its id. */
export function Pixels({ affid, chosen }: { affid: string; chosen: string | undefined }) {
  const changes = useSignal(0);
  const saved = useSignal<Saved | null>(null);
  const loaded = useLoaded(
    async () => (await ask(PIXELS, { affid })).affiliate ?? 'NONE',
    [affid, changes.value],
  );
  const { data, problem } = loaded.value;
  const changed = () => {
    changes.value += 1;
  };
  if (problem || !data || data === 'NONE') {
    return (
      <div class="page">
        <p class={problem ? 'problem' : 'quiet'} role="status">
          {problem ??
            (data ? `There is no affiliate ${affid} that this key may see.` : 'Reading …')}
        </p>
      </div>
    );
  }
  const pixels = data.pixels.nodes;
  const edited = pixels.find(({ id }) => id === chosen);
  if (mayChange() && (chosen === 'new' || edited)) {
    const pixel = edited ?? null;
    return <PixelBuilder key={chosen} affiliate={data} {...{ pixel, saved, changed }} />;
  }
  return (
    <div class="page">
      <h1>
        Pixels of {data.affid} <span class="quiet">{data.name}</span>
      </h1>
      <p class="line">
        {!session.value?.viewer.affiliate && <a href={hrefOf('pixels')}>All affiliates</a>}
        {mayChange() && <a href={hrefOf('pixels', affid, 'new')}>New pixel</a>}
      </p>
      {pixels.length === 0 && <p>No pixel yet: events of this affiliate call nobody.</p>}
      <ul class="decisions">
        {pixels.map((pixel) => (
          <PixelItem key={pixel.id} {...{ pixel, affid, changed }} />
        ))}
      </ul>
    </div>
  );
}

type Props = { pixel: PixelLineFragment; affid: string; changed: () => void };

function PixelItem({ pixel, affid, changed }: Props) {
  const { id, triggerEvent, warnings, rejection } = pixel;
  return (
    <li>
      <p class="line">
        <strong>{triggerEvent}</strong>
        <PixelSwitch {...{ pixel, changed }} />
        {mayChange() && <a href={hrefOf('pixels', affid, id)}>Edit</a>}
      </p>
      <p class="long-url">
        <MarkedUrl pieces={highlight(pixel.url, null).template} />
      </p>
      {[...warnings, ...(rejection ? [`Refused: ${rejection}`] : [])].map((warning) => (
        <p key={warning} class="warn">
          {warning}
        </p>
      ))}
    </li>
  );
}
