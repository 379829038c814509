import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../platform/clock.ts';
import { InvalidKeyError } from './api-keys.ts';
import { readClaims, type TokenClaims } from './token-claims.ts';
import type { TokenKeys } from './token-keys.ts';

/** How tokens of people must look. */
export type TokenRules = {
  /** The one algorithm; what a token says about itself does not count. */
  algorithm: string;
  issuer: string;
  audience: string;
};

type Deps = { keys: Pick<TokenKeys, 'find'>; rules: TokenRules; clock: Clock };

/** What a token that is genuine says. */
export type VerifiedToken = TokenClaims & {
  /** Its `exp`, with the tolerance that every check of it has. */
  expiresAt: Date;
};

/** Clocks of issuer and service may differ by this. */
const TOLERANCE_SECONDS = 5;
/** Tokens cannot be revoked, so they must not live for long. */
const MAX_HOURS = 24;

/** Whether a credential is a token: a compact JWS begins with the base64url of `{"`; no minted key does. */
export function looksLikeToken(credential: string): boolean {
  return /^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(credential);
}

/**
 * Checks a token: signature, issuer, audience, times, claims.
 *
 * @throws InvalidKeyError (as a rejection) that says what is wrong with it.
 * @throws TokenKeysUnavailableError (as a rejection) when the issuer's keys cannot be read.
 */
export function createVerifyToken({ keys, rules, clock }: Deps) {
  return async (token: string): Promise<VerifiedToken> => {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: [rules.algorithm],
      issuer: rules.issuer,
      audience: rules.audience,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: clock.now(),
    }).catch((thrown: unknown) => {
      const problem = explain(thrown, rules);
      throw problem === null ? thrown : invalid(problem);
    });
    const { exp = 0 } = payload;
    const tooLong = findTooLongALife(payload, clock.now());
    if (tooLong) throw invalid(tooLong);
    const claims = readClaims(payload);
    if ('problem' in claims) throw invalid(claims.problem);
    return { ...claims, expiresAt: new Date((exp + TOLERANCE_SECONDS) * 1000) };
  };
}

/** An InvalidKeyError for a token. */
export function invalid(problem: string): InvalidKeyError {
  return new InvalidKeyError(`this token is not valid: ${problem}`);
}

function findTooLongALife({ iat = 0, exp = 0 }: JWTPayload, now: Date): string | null {
  const hours = (exp - iat) / 3600;
  if (hours > MAX_HOURS) {
    return `it is made to live for ${Math.ceil(hours)} hours, at most ${MAX_HOURS} are allowed`;
  }
  // Made in the future it would outlive that from now.
  const isOfTheFuture = iat > now.getTime() / 1000 + TOLERANCE_SECONDS;
  return isOfTheFuture ? 'its "iat" lies in the future' : null;
}

/** What is wrong with the token, in words; null when the fault is not the token's. */
function explain(thrown: unknown, { algorithm }: TokenRules): string | null {
  if (thrown instanceof errors.JWTExpired) return 'it has expired';
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    if (thrown.reason === 'missing') return `it has no claim "${thrown.claim}"`;
    if (thrown.claim === 'nbf') return 'it is not valid yet';
    return `its claim "${thrown.claim}" is not the one that is expected here`;
  }
  if (thrown instanceof errors.JOSEAlgNotAllowed) return `it is not signed with ${algorithm}`;
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  if (thrown instanceof errors.JWKSNoMatchingKey) return 'it is signed with an unknown key';
  if (thrown instanceof errors.JWKSMultipleMatchingKeys) return 'it does not say its key ("kid")';
  return thrown instanceof errors.JOSEError ? 'it is malformed' : null;
}
