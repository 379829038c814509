import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the name server of a namespace listens. */
export const NAME_SERVER = '127.0.0.53';

// Every address of both families leads to this machine, and none of them is one of its own: public ones are as
// good as the real ones, and whoever calls an inner one is seen to.
const SET_UP = `
  ip link set lo up
  ip route add local 0.0.0.0/0 dev lo
  ip -6 route add local ::/0 dev lo
  mount --bind "$RESOLV_CONF" /etc/resolv.conf
  exec "$@"`;

/** For `test.skipIf(namespacesAreMissing())`: true, with the reason printed. */
export function namespacesAreMissing(): boolean {
  try {
    execFileSync('unshare', ['--net', '--mount', 'ip', 'link', 'set', 'lo', 'up'], {
      stdio: 'pipe',
    });
    return false;
  } catch (thrown) {
    const { stderr, message } = thrown as Error & { stderr?: Buffer };
    const reason = stderr?.toString().trim() || message;
    console.warn(`SKIPPED: no network of our own (it takes root, unshare and ip): ${reason}`);
    return true;
  }
}

/** Runs the tests of `test/faults/namespace` in a network of their own; answers what they printed. */
export async function runInNamespace(): Promise<{ code: number | null; output: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'volley-namespace-'));
  try {
    const resolvConf = join(directory, 'resolv.conf');
    writeFileSync(resolvConf, `nameserver ${NAME_SERVER}\n`);
    const run = ['vitest', 'run', '--project', 'namespace', '--reporter', 'verbose'];
    const child = spawn('unshare', ['--net', '--mount', 'sh', '-ec', SET_UP, 'sh', ...run], {
      env: { ...process.env, RESOLV_CONF: resolvConf, VOLLEY_NAMESPACE: '1', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
