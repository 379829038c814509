import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { UnresolvedPolicy } from '../gql/graphql.ts';
import { highlight } from './highlight.ts';
import { useLoaded } from './load.ts';
import { MarkedUrl } from './marked-url.tsx';
import { PREVIEW } from './pixel-operations.ts';
import { reasonInWords } from './reasons.ts';
import { ask } from './session.ts';
import { ValueTable } from './value-table.tsx';

type Props = {
  affiliateId: string;
  pixelId: string | null;
  values: { url: string; triggerEvent: string; unresolved: UnresolvedPolicy };
};

/** Asked for when typing rests. */
const REST_MS = 250;

/** What would be called, with sample values, and what is wrong with it. Nothing is sent. */
export function PixelPreview({ affiliateId, pixelId, values }: Props) {
  const settled = useSignal(values);
  const typed = JSON.stringify(values);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = values;
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const { url } = settled.value;
  const whose = pixelId ? { pixelId } : { affiliateId };
  const loaded = useLoaded(
    async () =>
      url === ''
        ? null
        : (await ask(PREVIEW, { input: { ...whose, ...settled.peek() } })).previewPostback,
    [JSON.stringify(settled.value)],
  );
  const { data, problem } = loaded.value;
  if (problem) return <p class="problem">{problem}</p>;
  if (!data) return <p class="quiet">The example URL appears here while you type.</p>;
  return (
    <section class="card" aria-label="Preview">
      <h2>Example</h2>
      {data.issues.map(({ message }) => (
        <p key={message} class="problem">
          {message}
        </p>
      ))}
      {data.warnings.map((warning) => (
        <p key={warning} class="warn">
          {warning}
        </p>
      ))}
      {data.skipReason && <p class="warn">No call: {reasonInWords(data.skipReason)}</p>}
      {data.finalUrl && (
        <p class="long-url hero">
          <MarkedUrl pieces={highlight(url, data.finalUrl).finalUrl} />
        </p>
      )}
      <ValueTable values={data.values} />
    </section>
  );
}
