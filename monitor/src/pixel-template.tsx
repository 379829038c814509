import type { RefObject } from 'preact';
import type { MonitorPlaceholdersQuery } from '../gql/graphql.ts';
import { type Form, Refusals, tied } from './form.tsx';
import { TemplateConverter } from './template-converter.tsx';

/** Where a placeholder is put: in what was typed in last. */
type Box = RefObject<HTMLTextAreaElement | null>;
type Props = { form: Form; box: Box };

/** The URL with its placeholders, and all there are. */
export function PixelTemplate(
  props: Props & { placeholders: MonitorPlaceholdersQuery['placeholders'] },
) {
  const { form, box, placeholders } = props;
  function insert(name: string) {
    const area = box.current?.isConnected ? box.current : document.querySelector('textarea');
    if (!area) return;
    area.setRangeText(`{${name}}`, area.selectionStart, area.selectionEnd, 'end');
    form.change({ [area.name]: area.value });
    area.focus();
  }
  return (
    <>
      <Typed
        {...props}
        at="url"
        label="Template: the URL, with placeholders where values belong"
        maxLength={2_048}
        placeholder="https://affiliate.example/postback?click_id={affclickid}&sum={amount}"
      />
      <div class="line chips" role="group" aria-label="Placeholders to insert">
        {placeholders.map(({ name, description, sample }) => (
          <button
            key={name}
            type="button"
            class="chip"
            title={`${description} For example ${sample}`}
            onClick={() => insert(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <TemplateConverter url={form.draft.url} onConverted={(url) => form.change({ url })} />
    </>
  );
}

/** What a POST carries. */
export function PixelBody(props: Props) {
  return (
    <Typed
      {...props}
      at="body"
      label="Body: JSON or a form, with placeholders; may be empty"
      maxLength={16_384}
      placeholder={'{ "click": "{affclickid}", "sum": "{amount}" }'}
    />
  );
}

type TypedProps = Props & {
  at: 'url' | 'body';
  label: string;
  maxLength: number;
  placeholder: string;
};

function Typed({ form, box, at, label, maxLength, placeholder }: TypedProps) {
  return (
    <div>
      <label class="filter">
        <span>{label}</span>
        <textarea
          {...tied({ form, at })}
          {...{ maxLength, placeholder }}
          class="mono"
          rows={3}
          spellcheck={false}
          value={form.draft[at] ?? ''}
          onFocus={({ currentTarget }) => {
            box.current = currentTarget;
          }}
          onInput={({ currentTarget }) => form.change({ [at]: currentTarget.value })}
        />
      </label>
      <Refusals {...{ form, at }} />
    </div>
  );
}
