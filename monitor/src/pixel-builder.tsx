import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type {
  MonitorTestPixelMutation,
  PixelLineFragment,
  UnresolvedPolicy,
} from '../gql/graphql.ts';
import { go, hrefOf } from './address.ts';
import { messageOf } from './api.ts';
import { EchoPanel } from './echo-panel.tsx';
import { useLoaded } from './load.ts';
import { CREATE_PIXEL, PLACEHOLDERS, TEST_PIXEL, UPDATE_PIXEL } from './pixel-operations.ts';
import { PixelPreview } from './pixel-preview.tsx';
import { ask } from './session.ts';
import { TestAnswer } from './test-answer.tsx';

const POLICIES: Record<UnresolvedPolicy, string> = {
  EMPTY: 'leave it empty',
  OMIT_PARAM: 'leave out its key=value',
  SKIP: 'make no call',
  LITERAL: 'send the placeholder itself',
};

type Props = {
  affiliate: { id: string; affid: string };
  /** Null for a new one. */
  pixel: PixelLineFragment | null;
  onSaved: () => void;
};

type Tested = Extract<MonitorTestPixelMutation['testPixel'], { postback: unknown }>['postback'];

/** Paste or write a template, see what would be called, save it, and fire it once as a test. */
export function PixelBuilder({ affiliate, pixel, onSaved }: Props) {
  const url = useSignal(pixel?.url ?? '');
  const triggerEvent = useSignal(pixel?.triggerEvent ?? 'FirstDeposit');
  const unresolved = useSignal<UnresolvedPolicy>(pixel?.unresolved ?? 'EMPTY');
  const told = useSignal<{ problem?: string; done?: string; tested?: Tested }>({});
  const box = useRef<HTMLTextAreaElement>(null);
  const catalog = useLoaded(() => ask(PLACEHOLDERS, {}), []).value.data;
  const values = () => ({
    url: url.value.trim(),
    triggerEvent: triggerEvent.value,
    unresolved: unresolved.value,
  });

  function insert(name: string) {
    const area = box.current;
    if (!area) return;
    area.setRangeText(`{${name}}`, area.selectionStart, area.selectionEnd, 'end');
    url.value = area.value;
    area.focus();
  }
  async function run(action: () => Promise<typeof told.value>) {
    told.value = await action().catch((thrown: unknown) => ({ problem: messageOf(thrown) }));
  }
  async function save() {
    const answer = pixel
      ? (await ask(UPDATE_PIXEL, { input: { pixelId: pixel.id, ...values() } })).updatePixel
      : (await ask(CREATE_PIXEL, { input: { affiliateId: affiliate.id, ...values() } }))
          .createPixel;
    if ('message' in answer) return { problem: answer.message };
    onSaved();
    if (!pixel) go('pixels', affiliate.affid, answer.pixel.id);
    return { done: 'Saved.' };
  }
  async function fire() {
    const { testPixel } = await ask(TEST_PIXEL, { pixelId: pixel?.id ?? '' });
    return 'message' in testPixel ? { problem: testPixel.message } : { tested: testPixel.postback };
  }

  const codes = catalog?.eventTypes.nodes.map(({ code }) => code) ?? [];
  return (
    <div class="page">
      <h1>{pixel ? 'Edit pixel' : `New pixel of ${affiliate.affid}`}</h1>
      <p>
        <a href={hrefOf('pixels', affiliate.affid)}>All pixels of {affiliate.affid}</a>
      </p>
      <label class="filter">
        <span>Template: the URL, with placeholders where values belong</span>
        <textarea
          class="mono"
          ref={box}
          rows={3}
          maxLength={2048}
          spellcheck={false}
          placeholder="https://affiliate.example/postback?click_id={affclickid}&sum={amount}"
          value={url}
          onInput={(event) => {
            url.value = event.currentTarget.value;
          }}
        />
      </label>
      <div class="line chips" role="group" aria-label="Placeholders to insert">
        {catalog?.placeholders.map(({ name, description, sample }) => (
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
      <div class="line">
        <label class="filter">
          <span>Fires for</span>
          <select
            value={triggerEvent}
            onChange={(event) => {
              triggerEvent.value = event.currentTarget.value;
            }}
          >
            {[...new Set([triggerEvent.value, ...codes])].toSorted().map((code) => (
              <option key={code}>{code}</option>
            ))}
          </select>
        </label>
        <label class="filter">
          <span>A placeholder without a value</span>
          <select
            value={unresolved}
            onChange={(event) => {
              unresolved.value = event.currentTarget.value as UnresolvedPolicy;
            }}
          >
            {Object.entries(POLICIES).map(([policy, text]) => (
              <option key={policy} value={policy}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="primary" onClick={() => run(save)}>
          Save pixel
        </button>
        {pixel && (
          <button
            type="button"
            title="Calls the receiver once, as it is saved"
            onClick={() => run(fire)}
          >
            Test fire
          </button>
        )}
      </div>
      <div role="status">
        {told.value.problem && <p class="problem">{told.value.problem}</p>}
        {told.value.done && <p class="good">{told.value.done}</p>}
        {told.value.tested && <TestAnswer postback={told.value.tested} />}
      </div>
      <PixelPreview affiliateId={affiliate.id} pixelId={pixel?.id ?? null} values={values()} />
      <EchoPanel
        affiliate={affiliate}
        onUse={(echo) => {
          // What was built so far is tried there as it is.
          const at = url.value.indexOf('?');
          url.value = echo + (at < 0 ? '?click_id={affclickid}&sum={amount}' : url.value.slice(at));
        }}
      />
    </div>
  );
}
