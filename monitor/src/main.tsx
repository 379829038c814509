import { render } from 'preact';
import '../styles/base.css';
import '../styles/drawer.css';
import '../styles/screen.css';
import '../styles/table.css';
import { App } from './app.tsx';
import { restoreSession } from './session.ts';
import { applyTheme } from './theme.ts';
import { startWatching } from './watch.ts';

applyTheme();
await restoreSession();
startWatching();
render(<App />, document.getElementById('app')!);
