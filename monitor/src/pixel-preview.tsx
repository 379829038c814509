import { highlight } from './highlight.ts';
import type { Loaded } from './load.ts';
import { MarkedUrl } from './marked-url.tsx';
import { reasonInWords } from './reasons.ts';
import type { Preview } from './use-preview.ts';
import { ValueTable } from './value-table.tsx';

/** Whose values are put in: of a click, of the newest one, or (neither) samples. */
export type Source = { clickId?: string; recentClick?: true };

type Props = {
  url: string;
  preview: Loaded<Preview | null>;
  source: Source;
  onSource: (source: Source) => void;
};

/** What would be called, with sample values or those of a click, and what is probably not meant. */
export function PixelPreview({ url, preview, source, onSource }: Props) {
  const { data, problem } = preview;
  return (
    <section class="card" aria-label="Preview">
      <h2>Example</h2>
      <div class="line">
        <label class="filter">
          <span>With the values of a Clickid</span>
          <input
            type="search"
            size={32}
            value={source.clickId ?? (source.recentClick && data?.click?.clickId) ?? ''}
            placeholder="samples"
            autocomplete="off"
            spellcheck={false}
            onChange={({ currentTarget }) => {
              const clickId = currentTarget.value.trim();
              onSource(clickId ? { clickId } : {});
            }}
          />
        </label>
        <button type="button" onClick={() => onSource({ recentClick: true })}>
          Newest click
        </button>
      </div>
      {problem && <p class="problem">{problem}</p>}
      {!data && !problem && <p class="quiet">The example URL appears here while you type.</p>}
      {data && !problem && <Example {...{ url, data }} />}
    </section>
  );
}

function Example({ url, data }: { url: string; data: Preview }) {
  return (
    <>
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
      {data.body && (
        <p class="long-url hero">
          <span class="host">{data.contentType}</span>
          <br />
          {data.body}
        </p>
      )}
      <ValueTable values={data.values} />
    </>
  );
}
