import { expect, test } from 'vitest';
import { makeScene } from '../support/scene.ts';
import { fireEverySpelling } from './support/fire-spellings.ts';
import { namespacesAreMissing, runInNamespace } from './support/namespace.ts';
import { startRaw } from './support/raw-server.ts';

test('fault 15: no spelling of an inner address reaches a canary, at save nor at fire', async () => {
  await using scene = await makeScene({ VOLLEY_ALLOW_TARGETS: '' });
  await using four = await startRaw((socket) => socket.destroy(), '0.0.0.0');
  await using six = await startRaw((socket) => socket.destroy(), '::1');
  const outcomes = await fireEverySpelling(scene, [four.port, six.port]);

  expect(outcomes.size).toBeGreaterThanOrEqual(30);
  expect([four.connections, six.connections]).toEqual([0, 0]);
});

test.skipIf(namespacesAreMissing())(
  'faults 15, 16: with real public addresses and a name server of our own, in a network of their own',
  async () => {
    const { code, output } = await runInNamespace();
    if (code === 0)
      console.log(
        output
          .split('\n')
          .filter((line) => line.includes('✓'))
          .join('\n'),
      );

    expect(code, output).toBe(0);
  },
);
