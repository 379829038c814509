import { Header } from './header.tsx';
import { Live } from './live.tsx';
import { session } from './session.ts';
import { SignIn } from './sign-in.tsx';

/** The whole page: the door, and what is behind it. */
export function App() {
  if (!session.value) return <SignIn />;
  return (
    <div class="screen">
      <Header />
      <main id="main">
        <Live />
      </main>
    </div>
  );
}
