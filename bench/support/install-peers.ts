import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Volley is compared with; its packages are none of Volley's own. */
export const PEERS = join(import.meta.dirname, '../peers');

const STAMP = join(PEERS, 'node_modules/.installed');

/** Installs the peers when they are missing or others than the lock file says. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  const wanted = createHash('sha256')
    .update(readFileSync(join(PEERS, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  say('installing the peers');
  const flags = ['ci', '--loglevel=error', '--no-fund', '--no-audit'];
  const npm = spawn('npm', flags, { cwd: PEERS, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve, reject) => {
    npm.once('error', reject);
    npm.once('exit', resolve);
  });
  if (code !== 0) throw new Error('npm ci in bench/peers failed, see the lines above');
  writeFileSync(STAMP, wanted);
}
