import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { go } from './address.ts';

type Props = { title: string; children: ComponentChildren };

/** A sheet beside the table, which goes on. Escape closes it, and focus goes back to where it was. */
export function Drawer({ title, children }: Props) {
  const sheet = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    sheet.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <aside
      class="drawer"
      ref={sheet}
      tabIndex={-1}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') go();
      }}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" onClick={() => go()}>
          Close
        </button>
      </header>
      {children}
    </aside>
  );
}
