import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'https://id.brand.example';
export const AUDIENCE = 'volley';

type Claims = JWTPayload & Record<string, unknown>;

/** A token of a reader that lives for ten minutes, unless the claims say otherwise; undefined leaves one out. */
export async function sign(
  key: KeyObject | Uint8Array,
  claims: Claims = {},
  header: { alg: string; kid?: string } = { alg: 'HS256' },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    ...{ iss: ISSUER, aud: AUDIENCE, sub: 'person-1', iat: now, exp: now + 600 },
    ...{ volley_role: 'VIEWER', ...claims },
  };
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

/** A key pair as an issuer has it. */
export function makeKeyPair(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
  return { kid, publicKey, privateKey, jwk };
}

/** An issuer that serves its public keys, and can be made to fail. */
export async function startIssuer(jwks: object[]) {
  const issuer = { jwks, status: 200, asked: 0 };
  const server = createServer((_request, response) => {
    issuer.asked += 1;
    response.writeHead(issuer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: issuer.jwks }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(issuer, {
    url: `http://127.0.0.1:${port}/jwks.json`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  });
}
