import { useSignal } from '@preact/signals';
import type {
  AffiliatePermission,
  MonitorAffiliatesQuery,
  UpdateAffiliateInput,
} from '../gql/graphql.ts';
import { hrefOf } from './address.ts';
import { messageOf } from './api.ts';
import { Check, toggled } from './form.tsx';
import { UPDATE_AFFILIATE } from './pixel-operations.ts';
import { ask, session } from './session.ts';

type Affiliate = MonitorAffiliatesQuery['affiliates']['nodes'][number];
type Changes = Omit<UpdateAffiliateInput, 'affiliateId'>;

const PERMISSIONS: Record<AffiliatePermission, string> = {
  RAW_VALUES: 'May send values unencoded (raw)',
  VISITOR_DATA: 'May use and see visitors’ addresses, browsers and customer ids',
};

/** An affiliate of the list; an ADMIN changes and pauses it here. */
export function AffiliateItem(props: { affiliate: Affiliate; changed: () => void }) {
  const { affiliate, changed } = props;
  const { id, affid, name, status } = affiliate;
  const isEdited = useSignal(false);
  const problem = useSignal('');
  const isPaused = status === 'PAUSED';

  async function update(changes: Changes) {
    try {
      const input = { affiliateId: id, ...changes };
      const { updateAffiliate } = await ask(UPDATE_AFFILIATE, { input });
      problem.value = 'message' in updateAffiliate ? updateAffiliate.message : '';
      if (problem.value) return;
      isEdited.value = false;
      changed();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  return (
    <li>
      <p class="line">
        <a href={hrefOf('pixels', affid)}>{affid}</a> {name}
        {isPaused && <span class="warn">paused</span>}
        {session.value?.viewer.role === 'ADMIN' && (
          <>
            <button
              type="button"
              class="link"
              aria-label={`Edit ${affid}`}
              aria-expanded={isEdited.value}
              onClick={() => {
                isEdited.value = !isEdited.value;
              }}
            >
              Edit
            </button>
            <button
              type="button"
              class="link"
              aria-label={`${isPaused ? 'Resume' : 'Pause'} ${affid}`}
              title="The entry URLs of a paused affiliate answer 410"
              onClick={() => update({ status: isPaused ? 'ACTIVE' : 'PAUSED' })}
            >
              {isPaused ? 'Resume' : 'Pause'}
            </button>
          </>
        )}
      </p>
      <p class="problem" role="alert">
        {problem}
      </p>
      {isEdited.value && <Editor {...{ affiliate, update }} />}
    </li>
  );
}

type EditorProps = { affiliate: Affiliate; update: (changes: Changes) => void };

function Editor({ affiliate, update }: EditorProps) {
  const edits = useSignal<Changes>({});
  const { name, pixelsNeedApproval, permissions } = { ...affiliate, ...edits.value };
  const change = (changes: Changes) => {
    edits.value = { ...edits.value, ...changes };
  };
  return (
    <form
      class="card"
      aria-label={`Edit ${affiliate.affid}`}
      onSubmit={(event) => {
        event.preventDefault();
        update(edits.value);
      }}
    >
      <label class="filter">
        <span>Name</span>
        <input
          value={name ?? ''}
          onInput={({ currentTarget }) => change({ name: currentTarget.value })}
        />
      </label>
      <Check
        label="Its pixels wait for a manager’s approval"
        checked={pixelsNeedApproval === true}
        onCheck={(isIn) => change({ pixelsNeedApproval: isIn })}
      />
      {Object.entries(PERMISSIONS).map(([permission, label]) => (
        <Check
          key={permission}
          {...{ label }}
          checked={permissions?.includes(permission as AffiliatePermission) === true}
          onCheck={(isIn) =>
            change({
              permissions: toggled(permissions ?? [], permission as AffiliatePermission, isIn),
            })
          }
        />
      ))}
      <p>
        <button type="submit">Save affiliate</button>
      </p>
    </form>
  );
}
