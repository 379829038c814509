import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { makeCertificate } from './support/certificates.ts';
import { clocksCannotBeFaked } from './support/clocks.ts';
import { startCluster, UNHURRIED } from './support/cluster.ts';
import { startKillablePostgres } from './support/killable-postgres.ts';

const HERE = 'IP:127.0.0.1';

test.skipIf(redisServerMissing() || clocksCannotBeFaked())(
  'fault 17: certificates and handshakes that are not right',
  async () => {
    const good = makeCertificate(HERE);
    const expired = makeCertificate(HERE, { expired: true });
    const stranger = makeCertificate(HERE);
    const elsewhere = makeCertificate('DNS:receiver.example');
    /** What the receiver is, and what the log says of it: an answer, or a kind of error and why. */
    const cases: [string, ServerOptions, Expected][] = [
      ['right', good, delivered],
      ['expired', expired, refused('CERT_HAS_EXPIRED')],
      ['signed by itself', stranger, refused('DEPTH_ZERO_SELF_SIGNED_CERT')],
      ['of another name', elsewhere, refused('ERR_TLS_CERT_ALTNAME_INVALID')],
      [
        'of an old version',
        { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
        tried('the TLS handshake failed'),
      ],
      [
        'without a shared cipher',
        { ...good, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-CCM8@SECLEVEL=0' },
        tried('the TLS handshake failed'),
      ],
      [
        'asking for our certificate',
        { ...good, requestCert: true, rejectUnauthorized: false },
        delivered,
      ],
      [
        'demanding our certificate',
        { ...good, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' },
        tried('the TLS handshake failed'),
      ],
      [
        'demanding our certificate after the handshake',
        { ...good, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
        hungUp,
      ],
      ['negotiating anew before it answers', { ...good, maxVersion: 'TLSv1.2' }, delivered],
    ];

    await using stack = new AsyncDisposableStack();
    const directory = mkdtempSync(join(tmpdir(), 'volley-ca-'));
    stack.defer(() => rmSync(directory, { recursive: true }));
    const trusted = join(directory, 'trusted.pem');
    writeFileSync(trusted, good.cert + expired.cert + elsewhere.cert);
    const ports: number[] = [];
    for (const [name, options] of cases) {
      const server = createServer(options, (request, response) => {
        const socket = request.socket as TLSSocket;
        if (!name.startsWith('negotiating')) response.end('ok');
        else socket.renegotiate({}, () => response.end('ok'));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      stack.defer(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
      ports.push((server.address() as AddressInfo).port);
    }
    const postgres = stack.use(await startKillablePostgres());
    const cluster = stack.use(
      await startCluster({
        ...{ postgres, affiliates: cases.length },
        urlOf: (n) => `https://127.0.0.1:${ports[n]}/f${n}`,
        variables: { ...UNHURRIED, NODE_EXTRA_CA_CERTS: trusted },
      }),
    );
    await cluster.report(cases.length);

    const found = await eventually(
      () =>
        cluster.sql(`
          SELECT p.state::text, t.status_code AS status, t.error_kind AS error, t.message
          FROM postback_attempt t JOIN postback p ON p.id = t.postback_id JOIN affiliate a ON a.id = p.affiliate_id
          WHERE t.number = 1 ORDER BY substr(a.affid, 2)::int`),
      (rows) => expect(rows).toHaveLength(cases.length),
    );
    expect(cases.map(([name], n) => [name, found[n]])).toEqual(
      cases.map(([name, , expected]) => [name, expected]),
    );
  },
);

type Expected = {
  state: string;
  status: number | null;
  error: string | null;
  message: string | null;
};

const delivered: Expected = { state: 'DELIVERED', status: 200, error: null, message: null };

/** Final: a certificate does not heal by itself within a day. */
function refused(code: string): Expected {
  const message = `the TLS certificate is not valid (${code})`;
  return { state: 'FAILED', status: null, error: 'TLS_CERTIFICATE', message };
}

/** The client believes in the connection by then; whether it reads the alert before the end is chance. */
const hungUp: Expected = {
  ...{ state: 'OPEN', status: null },
  ...{ error: expect.stringMatching(/^(TLS|RESET)$/), message: expect.any(String) },
};

/** Tried again: a server that is being set up anew may soon do better. */
function tried(message: string): Expected {
  return { state: 'OPEN', status: null, error: 'TLS', message };
}
