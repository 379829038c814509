import { hrefOf, route } from './address.ts';
import { Mark } from './mark.tsx';
import { endSession, session } from './session.ts';
import { nextTheme, theme } from './theme.ts';

const VIEWS: { name: string; parts: string[] }[] = [
  { name: 'Live', parts: [] },
  { name: 'Why?', parts: ['why'] },
  { name: 'Pixels', parts: ['pixels'] },
];
/** Which view a view of one thing belongs to. */
const VIEW_OF: Record<string, string> = { postback: '', event: 'why' };

const THEME_SIGN = { system: '◐', light: '○', dark: '●' };

/** What stands on top of every view: where one is, and who. */
export function Header() {
  const viewer = session.value?.viewer;
  if (!viewer) return null;
  const [view = ''] = route.value;
  return (
    <header class="top">
      <a class="brand" href={hrefOf()}>
        <Mark /> Volley
      </a>
      <nav aria-label="Views">
        {VIEWS.map(({ name, parts }) => {
          const isHere = (VIEW_OF[view] ?? view) === (parts[0] ?? '');
          return (
            <a key={name} href={hrefOf(...parts)} aria-current={isHere ? 'page' : undefined}>
              {name}
            </a>
          );
        })}
      </nav>
      <div class="who">
        <span class="name" title={`signed in with the key “${viewer.name}”`}>
          {viewer.affiliate ? `affiliate ${viewer.affiliate.affid}` : viewer.name}
        </span>
        <span class="role">{viewer.role}</span>
        <button
          type="button"
          class="icon"
          onClick={nextTheme}
          title={`Colours: ${theme.value}`}
          aria-label={`Colours: ${theme.value}. Change.`}
        >
          {THEME_SIGN[theme.value]}
        </button>
        <button type="button" onClick={() => endSession(null)}>
          Sign out
        </button>
      </div>
    </header>
  );
}
