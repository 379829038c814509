import { z } from 'zod';
import { text } from '../platform/refusals.ts';

/** What a verified token says about its holder. */
export type TokenClaims = {
  /** Who it is, as the issuer names the person. */
  subject: string;
  name: string;
  role: 'ADMIN' | 'VIEWER' | 'INTEGRATION' | 'AFFILIATE';
  /** Public code, for the role AFFILIATE. */
  affid: string | null;
  /** Name of the integration, for the role INTEGRATION. */
  integration: string | null;
};

const ROLES = ['ADMIN', 'VIEWER', 'INTEGRATION', 'AFFILIATE'] as const;

const payload = z.object({
  sub: text(200),
  name: text(200).optional(),
  volley_role: z.enum(ROLES, `must be one of ${ROLES.join(', ')}`),
  volley_affid: z.string('must be text, the public code of an affiliate').optional(),
  volley_integration: z.string('must be text, the name of an integration').optional(),
});

/** The claim that names whose a token is, by the role that needs it. */
const OWNER_CLAIMS = { AFFILIATE: 'volley_affid', INTEGRATION: 'volley_integration' } as const;

/**
 * Reads the claims of a payload, or says what is wrong with them. A claim that its role has no use for
 * is wrong too: whoever set it meant to limit something.
 */
export function readClaims(claims: unknown): TokenClaims | { problem: string } {
  const parsed = payload.safeParse(claims);
  if (!parsed.success) {
    const told = parsed.error.issues.map(
      ({ path, message }) => `claim ${path.join('.')} ${message}`,
    );
    return { problem: told.join('; ') };
  }
  const { sub, name, volley_role: role, ...owners } = parsed.data;
  for (const [owner, claim] of Object.entries(OWNER_CLAIMS)) {
    const given = owners[claim];
    if (owner === role && !given) return { problem: `claim ${claim} must be there for ${role}` };
    if (owner !== role && given) return { problem: `claim ${claim} is only for ${owner}` };
  }
  return {
    subject: sub,
    name: name ?? sub,
    role,
    affid: owners.volley_affid ?? null,
    integration: owners.volley_integration ?? null,
  };
}
