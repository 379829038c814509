export type Role = 'ADMIN' | 'VIEWER' | 'INTEGRATION' | 'AFFILIATE';

/** Who asks: nobody known, or the owner of an API key. */
export type Viewer = Anonymous | KeyViewer;

type Anonymous = { role: 'ANONYMOUS' };

export type KeyViewer = {
  role: Role;
  keyId: string;
  name: string;
  /** For AFFILIATE keys: the affiliate itself. */
  affiliateId: string | null;
  /** For AFFILIATE keys: the affiliate and, for an introducing broker, everyone below it. */
  affiliateIds: string[];
  /** For INTEGRATION keys. */
  integrationId: string | null;
  /** When the key stops being valid; null for never. */
  expiresAt: Date | null;
};

export const ANONYMOUS: Anonymous = { role: 'ANONYMOUS' };
