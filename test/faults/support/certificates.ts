import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clockOffBy } from './clocks.ts';

export type Certificate = { key: string; cert: string };

const DAY_SECONDS = 86_400;

/** A certificate that signs itself, of two days. @param name as in `subjectAltName`, `IP:127.0.0.1` */
export function makeCertificate(name: string, { expired = false } = {}): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'volley-tls-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')] as const;
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=receiver', '-addext', `subjectAltName=${name}`];
  const files = ['-keyout', key, '-out', cert];
  try {
    // This openssl takes no date of the past: it gets another clock instead.
    const env = { ...process.env, ...(expired && clockOffBy(-4 * DAY_SECONDS)) };
    const args = ['req', '-x509', '-days', '2', ...kind, ...subject, ...files];
    execFileSync('openssl', args, { stdio: 'pipe', env });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
