import { useSignal } from '@preact/signals';
import { messageOf } from './api.ts';
import { Mark } from './mark.tsx';
import { farewell, signIn } from './session.ts';

/** The door: a key, and nothing else to fill in. */
export function SignIn() {
  const problem = useSignal<string | null>(null);
  const isAsking = useSignal(false);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const key = String(form.get('key')).trim();
    farewell.value = null;
    if (key === '') {
      problem.value = 'Key: type or paste a key of Volley.';
      return;
    }
    isAsking.value = true;
    problem.value = null;
    try {
      await signIn(key, { keep: form.get('keep') === 'on' });
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    isAsking.value = false;
  }

  const told = problem.value ?? farewell.value;
  return (
    <main class="door">
      <form onSubmit={submit} noValidate>
        <h1>
          <Mark /> Volley monitor
        </h1>
        <p class="quiet">Postbacks as they are fired, with the URL that was really called.</p>
        <label for="key">Key</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="key-problem"
          aria-invalid={told !== null}
          placeholder="vly_…"
        />
        <p id="key-problem" class="problem" role="alert">
          {told}
        </p>
        <label class="choice">
          <input type="checkbox" name="keep" defaultChecked /> Keep for this tab
        </label>
        <button type="submit" class="primary" disabled={isAsking.value}>
          {isAsking.value ? 'Signing in …' : 'Sign in'}
        </button>
        <p class="hint">
          An ADMIN, VIEWER or AFFILIATE key. It goes to this Volley only, never into the address.
        </p>
      </form>
    </main>
  );
}
