import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { messageOf } from './api.ts';

/** What was asked for: on its way, there, or why not. Keeps the old answer while a new one is read. */
export type Loaded<Data> = { data: Data | null; problem: string | null; isLoading: boolean };

/** Reads when the view opens and whenever one of `reasons` changes; the last question wins. */
export function useLoaded<Data>(
  read: () => Promise<Data>,
  reasons: readonly unknown[],
): Signal<Loaded<Data>> {
  const loaded = useSignal<Loaded<Data>>({ data: null, problem: null, isLoading: true });
  useEffect(() => {
    let isWanted = true;
    const settle = (data: Data | null, problem: string | null) => {
      if (isWanted) loaded.value = { data, problem, isLoading: false };
    };
    loaded.value = { ...loaded.peek(), isLoading: true };
    read().then(
      (data) => settle(data, null),
      (thrown: unknown) => settle(loaded.peek().data, messageOf(thrown)),
    );
    return () => {
      isWanted = false;
    };
  }, reasons);
  return loaded;
}
