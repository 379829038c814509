import type { Draft } from './pixel-draft.ts';

/** What the fields of the builder share. */
export type Form = {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** Why Volley would refuse it; the path begins with the field. */
  issues: readonly { path: string[]; message: string }[];
};

type At = { form: Form; at: keyof Draft };

/** Ties a control to what is wrong with it. */
export function tied({ form, at }: At) {
  const isRefused = form.issues.some(({ path }) => path[0] === at);
  return { name: at, 'aria-invalid': isRefused, 'aria-describedby': `${at}-refusals` };
}

/** What is wrong with a field, beside it. */
export function Refusals({ form, at }: At) {
  const here = form.issues.filter(({ path }) => path[0] === at);
  return (
    <div class="problem" id={`${at}-refusals`}>
      {here.map(({ message }) => (
        <p key={message}>{message}</p>
      ))}
    </div>
  );
}

/** One of a few. */
export function Select<Value extends string>(
  props: At & { label: string; value: Value; options: Readonly<Record<Value, string>> },
) {
  const { form, at, label, value, options } = props;
  return (
    <div>
      <label class="filter">
        <span>{label}</span>
        <select
          {...tied(props)}
          value={value}
          onChange={({ currentTarget }) => form.change({ [at]: currentTarget.value })}
        >
          {Object.entries<string>(options).map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <Refusals {...{ form, at }} />
    </div>
  );
}

type CheckProps = { label: string; checked: boolean; onCheck: (checked: boolean) => void };

export function Check({ label, checked, onCheck }: CheckProps) {
  return (
    <label>
      <input
        type="checkbox"
        {...{ checked }}
        onChange={({ currentTarget }) => onCheck(currentTarget.checked)}
      />{' '}
      {label}
    </label>
  );
}

/** A list with one of its members put in or taken out. */
export function toggled<Value>(list: readonly Value[], one: Value, isIn: boolean): Value[] {
  return [...list.filter((other) => other !== one), ...(isIn ? [one] : [])];
}
