import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MonitorPreviewQuery, PreviewPostbackInput } from '../gql/graphql.ts';
import { type Loaded, useLoaded } from './load.ts';
import { PREVIEW } from './pixel-operations.ts';
import { ask } from './session.ts';

export type Preview = MonitorPreviewQuery['previewPostback'];

/** Asked for when typing rests. */
const REST_MS = 250;

/** What a draft would make of some values, and why it would be refused. Nothing is sent. */
export function usePreview(input: PreviewPostbackInput): Loaded<Preview | null> {
  const settled = useSignal(input);
  const typed = JSON.stringify(input);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = input;
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return useLoaded(
    async () =>
      settled.peek().url === ''
        ? null
        : (await ask(PREVIEW, { input: settled.peek() })).previewPostback,
    [JSON.stringify(settled.value)],
  ).value;
}
