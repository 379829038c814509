import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { toError } from '../platform/failure.ts';
import type { TokenKeySource } from './token-keys.ts';
import { looksLikeToken, type TokenRules } from './verify-token.ts';

/** Whose tokens are taken, and how they must look. */
export type TokenConfig = { source: TokenKeySource; rules: TokenRules };

/** Signatures that tokens of a JWKS may have; one of them is chosen. */
export const JWKS_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/** Bytes of a secret for HS256: as many as its hash has (RFC 7518, 3.2). */
export const MIN_SECRET_BYTES = 32;

/**
 * Reads VOLLEY_JWT_JWKS: a URL, or the path of a file, which is looked at.
 *
 * @throws Error with what is wrong with it.
 */
export function parseJwksSource(text: string): URL {
  const url = text.includes('://') ? new URL(text) : pathToFileURL(resolve(text));
  if (url.protocol === 'file:') checkFile(url);
  else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    throw new Error(
      'must be an https URL (http for this machine only) or the path of a file: whoever can change the keys on their way can make any token',
    );
  }
  return url;
}

function checkFile(url: URL): void {
  const path = fileURLToPath(url);
  let set: { keys?: unknown } | null;
  try {
    set = JSON.parse(readFileSync(path, 'utf8')) as { keys?: unknown } | null;
  } catch (thrown) {
    throw new Error(`the file ${path} cannot be read as JSON: ${toError(thrown).message}`);
  }
  if (!Array.isArray(set?.keys)) throw new Error(`the file ${path} holds no JWKS: {"keys": [...]}`);
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** What is wrong with the variables of tokens taken together, a line each. */
export function findTokenProblems(variables: Record<string, string | undefined>): string[] {
  const {
    VOLLEY_JWT_SECRET: secret,
    VOLLEY_JWT_JWKS: jwks,
    VOLLEY_ADMIN_KEY: adminKey = '',
  } = variables;
  const problems: string[] = [];
  if (secret && jwks) {
    problems.push('VOLLEY_JWT_JWKS: must not be set beside VOLLEY_JWT_SECRET: choose one');
  }
  if (secret && variables.VOLLEY_JWT_ALG) {
    problems.push('VOLLEY_JWT_ALG: is for VOLLEY_JWT_JWKS; with VOLLEY_JWT_SECRET it is HS256');
  }
  for (const name of ['VOLLEY_JWT_ISSUER', 'VOLLEY_JWT_AUDIENCE', 'VOLLEY_JWT_ALG']) {
    const isSet = Boolean(variables[name]);
    if (!secret && !jwks && isSet) {
      problems.push(`${name}: does nothing without VOLLEY_JWT_SECRET or VOLLEY_JWT_JWKS`);
    }
    if ((secret || jwks) && !isSet && name !== 'VOLLEY_JWT_ALG') {
      problems.push(`${name}: must be set, so that tokens made for somebody else are refused`);
    }
  }
  if ((secret || jwks) && looksLikeToken(adminKey)) {
    problems.push('VOLLEY_ADMIN_KEY: must not look like a token, as tokens are taken too');
  }
  return problems;
}
