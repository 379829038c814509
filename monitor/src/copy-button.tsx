import { useSignal } from '@preact/signals';

/** Puts a text on the clipboard; where a browser gives none, it shows the text. */
export function CopyButton({ label, text }: { label: string; text: string }) {
  const told = useSignal(label);
  return (
    <button
      type="button"
      aria-live="polite"
      onClick={() => {
        // Browsers give the clipboard to secure pages only.
        const copied = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('none'));
        copied.then(
          () => {
            told.value = 'Copied';
          },
          () => {
            told.value = text;
          },
        );
      }}
    >
      {told.value}
    </button>
  );
}
