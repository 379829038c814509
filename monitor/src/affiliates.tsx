import { useSignal } from '@preact/signals';
import { go } from './address.ts';
import { AffiliateItem } from './affiliate-item.tsx';
import { messageOf } from './api.ts';
import { useLoaded } from './load.ts';
import { AFFILIATES, CREATE_AFFILIATE } from './pixel-operations.ts';
import { ask, session } from './session.ts';

/** Whose pixels to look at; an ADMIN may add, change and pause affiliates. */
export function Affiliates() {
  const nameContains = useSignal('');
  const changes = useSignal(0);
  const loaded = useLoaded(
    () =>
      ask(AFFILIATES, { where: nameContains.value ? { nameContains: nameContains.value } : {} }),
    [nameContains.value, changes.value],
  );
  const { data, problem } = loaded.value;
  return (
    <div class="page">
      <h1>Affiliates</h1>
      <label class="filter">
        <span>Name contains</span>
        <input
          type="search"
          onChange={(event) => {
            nameContains.value = event.currentTarget.value.trim();
          }}
        />
      </label>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {!data && !problem && <p class="quiet">Reading …</p>}
      {data?.affiliates.nodes.length === 0 && <p>There is none.</p>}
      <ul class="decisions">
        {data?.affiliates.nodes.map((affiliate) => (
          <AffiliateItem
            key={affiliate.id}
            {...{ affiliate }}
            changed={() => {
              changes.value += 1;
            }}
          />
        ))}
      </ul>
      {data?.affiliates.pageInfo.hasNextPage && (
        <p class="quiet">The newest 100. Narrow by name to see others.</p>
      )}
      {session.value?.viewer.role === 'ADMIN' && <NewAffiliate />}
    </div>
  );
}

function NewAffiliate() {
  const problem = useSignal('');
  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const input = {
      affid: String(form.get('affid')).trim(),
      name: String(form.get('name')).trim(),
    };
    try {
      const { createAffiliate } = await ask(CREATE_AFFILIATE, { input });
      if ('message' in createAffiliate) problem.value = createAffiliate.message;
      else go('pixels', createAffiliate.affiliate.affid);
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }
  return (
    <form class="line" onSubmit={submit} aria-label="New affiliate">
      <label class="filter">
        <span>Code (affid)</span>
        <input name="affid" size={10} required />
      </label>
      <label class="filter">
        <span>Name</span>
        <input name="name" size={24} required />
      </label>
      <button type="submit">Add affiliate</button>
      <span class="problem" role="alert">
        {problem}
      </span>
    </form>
  );
}
