export type Role = 'ADMIN' | 'VIEWER' | 'INTEGRATION' | 'AFFILIATE';

/** Who asks: nobody known, or the owner of an API key or a token. */
export type Viewer = Anonymous | KeyViewer;

type Anonymous = { role: 'ANONYMOUS' };

export type KeyViewer = {
  role: Role;
  /** The API key; null for a person with a token. */
  keyId: string | null;
  /** The person, as the issuer of the token names it (claim `sub`); null for API keys. */
  subject: string | null;
  /** Of the key, or the person's. */
  name: string;
  /** For the role AFFILIATE: the affiliate itself. */
  affiliateId: string | null;
  /** For the role AFFILIATE: the affiliate and, for an introducing broker, everyone below it. */
  affiliateIds: string[];
  /** For the role INTEGRATION. */
  integrationId: string | null;
  /** Whether it may run persisted operations only; never of a token. */
  persistedOnly: boolean;
  /** When the key or token stops being valid; null for never. */
  expiresAt: Date | null;
};

export const ANONYMOUS: Anonymous = { role: 'ANONYMOUS' };

/** What decides which rows a viewer sees, and how: two with the same text see the same. */
export function rightsOf(viewer: Viewer): string {
  if (viewer.role === 'ANONYMOUS') return viewer.role;
  const { role, affiliateId, affiliateIds, integrationId } = viewer;
  return JSON.stringify([role, affiliateId, affiliateIds.toSorted(), integrationId]);
}
