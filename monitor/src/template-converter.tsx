import { useSignal } from '@preact/signals';
import type { MonitorConvertQuery, TemplateDialect } from '../gql/graphql.ts';
import { messageOf } from './api.ts';
import { CONVERT } from './pixel-operations.ts';
import { ask } from './session.ts';

const DIALECTS: Record<TemplateDialect, string> = {
  CAKE: 'CAKE',
  EVERFLOW: 'Everflow',
  IMPACT: 'Impact',
  KEITARO: 'Keitaro',
  SMARTICO: 'Smartico',
  TUNE: 'TUNE',
  VOLUUM: 'Voluum',
};

type Props = { url: string; onConverted: (url: string) => void };

/** Puts a template that was pasted from another system into the words of Volley, and tells each change. */
export function TemplateConverter({ url, onConverted }: Props) {
  const dialect = useSignal<TemplateDialect | null>(null);
  const problem = useSignal('');
  const told = useSignal<MonitorConvertQuery['convertTemplate'] | null>(null);
  async function convert() {
    const { convertTemplate } = await ask(CONVERT, { url, dialect: dialect.value });
    problem.value = '';
    told.value = convertTemplate;
    onConverted(convertTemplate.url);
  }
  return (
    <details>
      <summary>Translate from another system</summary>
      <div class="line">
        <label class="filter">
          <span>System</span>
          <select
            onChange={({ currentTarget }) => {
              dialect.value = (currentTarget.value || null) as TemplateDialect | null;
            }}
          >
            <option value="">recognise it</option>
            {Object.entries(DIALECTS).map(([value, name]) => (
              <option key={value} {...{ value }}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          onClick={() =>
            convert().catch((thrown: unknown) => {
              problem.value = messageOf(thrown);
            })
          }
        >
          Translate
        </button>
      </div>
      <div role="status">
        <p class="problem">{problem}</p>
        {told.value && <Told {...told.value} />}
      </div>
    </details>
  );
}

function Told({ dialect, changes, unsupported, warnings }: MonitorConvertQuery['convertTemplate']) {
  if (!dialect) return <p>There was nothing to translate.</p>;
  return (
    <>
      <p>As {DIALECTS[dialect]} writes it:</p>
      <ul>
        {changes.map(({ from, to, note }, index) => (
          <li key={index}>
            <code>{from}</code> {from === to ? 'stays' : <code>{to}</code>}: {note}
          </li>
        ))}
        {unsupported.map(({ token, note }, index) => (
          <li key={`none${index}`} class="warn">
            <code>{token}</code> has no counterpart: {note}
          </li>
        ))}
        {warnings.map((warning) => (
          <li key={warning} class="warn">
            {warning}
          </li>
        ))}
      </ul>
    </>
  );
}
