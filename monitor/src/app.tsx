import { route } from './address.ts';
import { Affiliates } from './affiliates.tsx';
import { Header } from './header.tsx';
import { Live } from './live.tsx';
import { Pixels } from './pixels.tsx';
import { PostbackDrawer } from './postback-drawer.tsx';
import { session } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { Why } from './why.tsx';

/** The whole page: the door, and what is behind it. */
export function App() {
  if (!session.value) return <SignIn />;
  return (
    <div class="screen">
      <Header />
      <main id="main">
        <View />
      </main>
    </div>
  );
}

function View() {
  const [view, id, part] = route.value;
  if (view === 'why') return <Why {...(id !== undefined && { clickId: id })} />;
  if (view === 'event' && id) return <Why eventId={id} />;
  if (view === 'pixels') {
    const affid = id ?? session.value?.viewer.affiliate?.affid;
    return affid ? <Pixels key={affid} affid={affid} chosen={part} /> : <Affiliates />;
  }
  return (
    <div class="beside">
      <Live />
      {view === 'postback' && id && <PostbackDrawer key={id} id={id} />}
    </div>
  );
}
