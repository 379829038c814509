import { useEffect, useRef } from 'preact/hooks';
import type { EventStatus } from '../gql/graphql.ts';
import { Check, type Form, Refusals, Select, tied, toggled } from './form.tsx';
import { changesOf, type Draft, NEW_PIXEL } from './pixel-draft.ts';

const POLICIES = {
  EMPTY: 'leave it empty',
  OMIT_PARAM: 'leave out its key=value',
  SKIP: 'make no call',
  LITERAL: 'send the placeholder itself',
};
const STATUSES: Record<EventStatus, string> = {
  APPROVED: 'approved',
  PENDING: 'pending',
  REJECTED: 'rejected',
  REVERSED: 'reversed',
};
const HERE: (keyof Draft)[] = [
  'statuses',
  'required',
  'maxClickAgeSeconds',
  'maxAttempts',
  'maxPerSecond',
  'includeSubPartners',
  'signed',
];

export function UnresolvedChoice({ form }: { form: Form }) {
  const value = form.draft.unresolved;
  const label = 'A placeholder without a value';
  return <Select {...{ form, label, value }} at="unresolved" options={POLICIES} />;
}

/** What most pixels leave as it is; open when this one does not. */
export function PixelSettings({ form }: { form: Form }) {
  const { draft, change, issues } = form;
  const isOther = HERE.some((name) => name in changesOf(draft, NEW_PIXEL));
  const isRefused = issues.some(({ path }) => HERE.includes(path[0] as keyof Draft));
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (box.current && (isOther || isRefused)) box.current.open = true;
  }, [isOther, isRefused]);
  return (
    <details ref={box}>
      <summary>More settings</summary>
      <fieldset aria-describedby="statuses-refusals">
        <legend>Fires when the event is</legend>
        <div class="options">
          {Object.entries(STATUSES).map(([status, label]) => (
            <Check
              key={status}
              {...{ label }}
              checked={draft.statuses.includes(status as EventStatus)}
              onCheck={(isIn) =>
                change({ statuses: toggled(draft.statuses, status as EventStatus, isIn) })
              }
            />
          ))}
        </div>
        <Refusals {...{ form }} at="statuses" />
      </fieldset>
      <label class="filter">
        <span>No call unless these placeholders have a value (names, with commas)</span>
        <input
          {...tied({ form, at: 'required' })}
          value={draft.required.join(', ')}
          placeholder="affclickid, amount"
          autocomplete="off"
          onChange={({ currentTarget }) =>
            change({ required: currentTarget.value.split(/[\s,]+/).filter(Boolean) })
          }
        />
      </label>
      <Refusals {...{ form }} at="required" />
      <div class="line">
        <Whole {...{ form }} at="maxAttempts" label="Attempts at most" />
        <Whole {...{ form }} at="maxPerSecond" label="Calls per second at most" />
        <Whole {...{ form }} at="maxClickAgeSeconds" label="Click at most so old, in seconds" />
      </div>
      <Check
        label="Also for clicks of affiliates below this one"
        checked={draft.includeSubPartners}
        onCheck={(includeSubPartners) => change({ includeSubPartners })}
      />
      <Refusals {...{ form }} at="includeSubPartners" />
      <Check
        label="Sign calls: they carry a webhook-signature"
        checked={draft.signed}
        onCheck={(signed) => change({ signed })}
      />
      <Refusals {...{ form }} at="signed" />
    </details>
  );
}

type WholeProps = {
  form: Form;
  at: 'maxAttempts' | 'maxPerSecond' | 'maxClickAgeSeconds';
  label: string;
};

/** A whole number; none means the default, which most have no limit for. */
function Whole({ form, at, label }: WholeProps) {
  return (
    <div>
      <label class="filter">
        <span>{label}</span>
        <input
          {...tied({ form, at })}
          type="number"
          value={form.draft[at] ?? ''}
          placeholder="no limit"
          onChange={({ currentTarget }) => {
            const typed = Number.parseInt(currentTarget.value, 10);
            const value = Number.isNaN(typed) ? NEW_PIXEL[at] : typed;
            currentTarget.value = String(value ?? '');
            form.change({ [at]: value });
          }}
        />
      </label>
      <Refusals {...{ form, at }} />
    </div>
  );
}
