type Props = {
  label: string;
  /** What stands for no choice. */
  any: string;
  options: readonly string[];
  /** Several only when the address says so: this offers one. */
  chosen: readonly string[];
  onChoose: (chosen: string[]) => void;
};

/** A filter that is one of a list, or nothing. */
export function Choice({ label, any, options, chosen, onChoose }: Props) {
  const value = chosen.join(',');
  const isOffered = value === '' || options.includes(value);
  return (
    <label class="filter">
      <span>{label}</span>
      <select
        value={value}
        onChange={({ currentTarget }) =>
          onChoose(currentTarget.value === '' ? [] : currentTarget.value.split(','))
        }
      >
        <option value="">{any}</option>
        {!isOffered && <option value={value}>{chosen.join(' or ')}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {/^[A-Z_]+$/.test(option) ? option.toLowerCase() : option}
          </option>
        ))}
      </select>
    </label>
  );
}
