import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type {
  MonitorTestPixelMutation,
  MonitorUpdatePixelMutation,
  PixelLineFragment,
} from '../gql/graphql.ts';
import { go, hrefOf } from './address.ts';
import { messageOf } from './api.ts';
import { CopyButton } from './copy-button.tsx';
import { EchoPanel } from './echo-panel.tsx';
import { type Form, Select } from './form.tsx';
import { useLoaded } from './load.ts';
import { changesOf, type Draft, NEW_PIXEL, toDraft } from './pixel-draft.ts';
import { CREATE_PIXEL, PLACEHOLDERS, TEST_PIXEL, UPDATE_PIXEL } from './pixel-operations.ts';
import { PixelPreview, type Source } from './pixel-preview.tsx';
import { PixelCampaigns, ScopeChoice } from './pixel-scope.tsx';
import { PixelSettings, UnresolvedChoice } from './pixel-settings.tsx';
import { PixelSwitch } from './pixel-switch.tsx';
import { PixelBody, PixelTemplate } from './pixel-template.tsx';
import { ask } from './session.ts';
import { TestAnswer } from './test-answer.tsx';
import { usePreview } from './use-preview.ts';

/** A save that was taken; the secret is known until the builder is left, and to nobody after that. */
export type Saved = { pixelId: string; secret: string | null };

type Props = {
  affiliate: { id: string; affid: string };
  /** Null for a new one. */
  pixel: PixelLineFragment | null;
  saved: Signal<Saved | null>;
  changed: () => void;
};

type Tested = Extract<MonitorTestPixelMutation['testPixel'], { postback: unknown }>['postback'];
type Told = { problem?: string; issues?: Form['issues']; tested?: Tested };

/** Paste or write a template, see what would be called, save it, and fire it once as a test. */
export function PixelBuilder({ affiliate, pixel, saved, changed }: Props) {
  const before = useSignal(pixel ? toDraft(pixel) : NEW_PIXEL);
  const edits = useSignal<Partial<Draft>>({});
  const source = useSignal<Source>({});
  const told = useSignal<Told>({});
  const box = useRef<HTMLTextAreaElement | null>(null);
  const catalog = useLoaded(() => ask(PLACEHOLDERS, {}), []).value.data;
  useEffect(
    () => () => {
      if (saved.peek()?.pixelId === pixel?.id) saved.value = null;
    },
    [],
  );

  const draft = { ...before.value, ...edits.value };
  const changes = changesOf(draft, before.value);
  const { url, triggerEvent } = draft;
  const whose = pixel ? { pixelId: pixel.id } : { affiliateId: affiliate.id, triggerEvent };
  const preview = usePreview({ ...whose, url: url.trim(), ...changes, ...source.value });
  const form: Form = {
    draft,
    issues: told.value.issues ?? preview.data?.issues ?? [],
    change(more) {
      edits.value = { ...edits.value, ...more };
      told.value = {};
    },
  };
  async function run(action: () => Promise<Told>) {
    told.value = await action().catch((thrown: unknown) => ({ problem: messageOf(thrown) }));
  }
  async function send(): Promise<MonitorUpdatePixelMutation['updatePixel']> {
    if (pixel) {
      return (await ask(UPDATE_PIXEL, { input: { pixelId: pixel.id, ...changes } })).updatePixel;
    }
    const input = { affiliateId: affiliate.id, url: url.trim(), triggerEvent, ...changes };
    return (await ask(CREATE_PIXEL, { input })).createPixel;
  }
  async function save(): Promise<Told> {
    const sent = edits.value;
    const answer = await send();
    if ('issues' in answer) return { problem: 'Not saved: see above.', issues: answer.issues };
    if ('message' in answer) return { problem: answer.message };
    before.value = toDraft(answer.pixel);
    // What was typed meanwhile is not saved yet.
    if (edits.value === sent) edits.value = {};
    saved.value = { pixelId: answer.pixel.id, secret: answer.secret };
    changed();
    if (!pixel) go('pixels', affiliate.affid, answer.pixel.id);
    return {};
  }
  async function fire(): Promise<Told> {
    const clickId = preview.data?.click?.clickId ?? null;
    const { testPixel } = await ask(TEST_PIXEL, { pixelId: pixel?.id ?? '', clickId });
    return 'message' in testPixel ? { problem: testPixel.message } : { tested: testPixel.postback };
  }

  const codes = catalog?.eventTypes.nodes.map(({ code }) => code) ?? [];
  const events = [...new Set([triggerEvent, ...codes])].toSorted();
  const done = saved.value?.pixelId === pixel?.id ? saved.value : null;
  return (
    <div class="page">
      <h1>{pixel ? 'Edit pixel' : `New pixel of ${affiliate.affid}`}</h1>
      <p class="line">
        <a href={hrefOf('pixels', affiliate.affid)}>All pixels of {affiliate.affid}</a>
        {pixel && <PixelSwitch {...{ pixel, changed }} />}
      </p>
      <PixelTemplate {...{ form, box }} placeholders={catalog?.placeholders ?? []} />
      <div class="line">
        <Select
          {...{ form }}
          at="triggerEvent"
          label="Fires for"
          value={triggerEvent}
          options={Object.fromEntries(events.map((code) => [code, code]))}
        />
        <ScopeChoice {...{ form }} />
        <UnresolvedChoice {...{ form }} />
        <Select
          {...{ form }}
          at="method"
          label="Method"
          value={draft.method}
          options={{ GET: 'GET', POST: 'POST' }}
        />
      </div>
      {draft.method === 'POST' && <PixelBody {...{ form, box }} />}
      {draft.scope === 'SPECIFIC_CAMPAIGNS' && (
        <PixelCampaigns {...{ form }} saved={pixel?.campaigns ?? []} />
      )}
      <PixelSettings {...{ form }} />
      <div class="line">
        <button type="button" class="primary" onClick={() => run(save)}>
          Save pixel
        </button>
        {pixel && (
          <button
            type="button"
            title="Calls the receiver once, as it is saved, with the values of the example"
            onClick={() => run(fire)}
          >
            Test fire
          </button>
        )}
      </div>
      <div role="status">
        <p class="problem">{told.value.problem}</p>
        {done && Object.keys(changes).length === 0 && <p class="good">Saved.</p>}
        {done?.secret && (
          <p class="line">
            The signing secret, shown this once: <code>{done.secret}</code>
            <CopyButton label="Copy the secret" text={done.secret} />
          </p>
        )}
        {told.value.tested && <TestAnswer postback={told.value.tested} />}
      </div>
      <PixelPreview
        {...{ url, preview }}
        source={source.value}
        onSource={(chosen) => {
          source.value = chosen;
        }}
      />
      <EchoPanel
        affiliate={affiliate}
        onUse={(echo) => {
          // What was built so far is tried there as it is.
          const at = url.indexOf('?');
          form.change({
            url: echo + (at < 0 ? '?click_id={affclickid}&sum={amount}' : url.slice(at)),
          });
        }}
      />
    </div>
  );
}
