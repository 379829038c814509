import { useSignal } from '@preact/signals';
import { Check, type Form, Refusals, Select, toggled } from './form.tsx';
import { useLoaded } from './load.ts';
import { CAMPAIGNS } from './pixel-operations.ts';
import { ask } from './session.ts';

const SCOPES = {
  ALL_CAMPAIGNS: 'all campaigns, later ones too',
  SPECIFIC_CAMPAIGNS: 'chosen campaigns only',
};

type Campaign = { id: string; code: string; name: string };
type Props = { form: Form; saved: readonly Campaign[] };

/** Of which campaigns the clicks are that it fires for. */
export function ScopeChoice({ form }: { form: Form }) {
  return (
    <Select {...{ form }} at="scope" label="Clicks of" value={form.draft.scope} options={SCOPES} />
  );
}

/** The list, when not all count. */
export function PixelCampaigns({ form, saved }: Props) {
  const nameContains = useSignal('');
  const { data, problem } = useLoaded(
    () => ask(CAMPAIGNS, { where: { nameContains: nameContains.value || null } }),
    [nameContains.value],
  ).value;
  // What was chosen stays in sight, whatever is looked for.
  const seen = useSignal(new Map(saved.map((campaign) => [campaign.id, campaign])));
  for (const campaign of data?.campaigns.nodes ?? []) seen.peek().set(campaign.id, campaign);
  const { campaignIds } = form.draft;
  const chosen = campaignIds.flatMap((id) => seen.peek().get(id) ?? []);
  const others = (data?.campaigns.nodes ?? []).filter(({ id }) => !campaignIds.includes(id));
  return (
    <fieldset aria-describedby="campaignIds-refusals">
      <legend>Campaigns</legend>
      {(data?.campaigns.pageInfo.hasNextPage || nameContains.value) && (
        <label class="filter">
          <span>Name contains</span>
          <input
            type="search"
            onChange={({ currentTarget }) => {
              nameContains.value = currentTarget.value.trim();
            }}
          />
        </label>
      )}
      {problem && <p class="problem">{problem}</p>}
      <div class="options">
        {[...chosen, ...others].map(({ id, code, name }) => (
          <Check
            key={id}
            label={`${code} ${name}`}
            checked={campaignIds.includes(id)}
            onCheck={(isIn) => form.change({ campaignIds: toggled(campaignIds, id, isIn) })}
          />
        ))}
      </div>
      <Refusals form={form} at="campaignIds" />
    </fieldset>
  );
}
