type Value = { name: string; source: string | null; raw: string | null; encoded: string };

/** Which value stands for each placeholder, and where it came from. */
export function ValueTable({ values }: { values: readonly Value[] }) {
  if (values.length === 0) return <p class="quiet">The template was not rendered.</p>;
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Values">
      <table>
        <thead>
          <tr>
            <th scope="col">Placeholder</th>
            <th scope="col">Value</th>
            <th scope="col">From</th>
            <th scope="col">As sent</th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ name, source, raw, encoded }, index) => (
            <tr key={`${name}${index}`}>
              <th scope="row">{`{${name}}`}</th>
              <td>{raw ?? <span class="quiet">none</span>}</td>
              <td>{source ? source.toLowerCase() : <span class="warn">unresolved</span>}</td>
              <td>{encoded}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
