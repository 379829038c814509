import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const STORED = 'volley.theme';
const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

export const theme = signal<Theme>('system');

/** Takes up what was chosen in this browser before; else the system decides. */
export function applyTheme(): void {
  const stored = localStorage.getItem(STORED);
  if (stored === 'light' || stored === 'dark') choose(stored);
}

export function nextTheme(): void {
  choose(NEXT[theme.value]);
}

function choose(next: Theme): void {
  theme.value = next;
  if (next === 'system') {
    localStorage.removeItem(STORED);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(STORED, next);
    document.documentElement.dataset.theme = next;
  }
}
