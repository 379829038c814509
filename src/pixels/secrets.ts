import { LRUCache } from 'lru-cache';
import type { RandomBytes } from '../platform/random.ts';
import type { Seal } from '../platform/seal.ts';

/** A new signing secret: what its owner is shown once, and what is stored. */
export type MintedSecret = { secret: string; sealed: Uint8Array<ArrayBuffer> };

/** Makes and opens the signing secrets of pixels. The text leaves it for its owner and for signing. */
export type PixelSecrets = {
  /** Why there can be no secrets, with the fix; null when there can. */
  unavailable: string | null;
  /** @throws Error when `unavailable` */
  mint(pixelId: string): MintedSecret;
  /**
   * Opens stored secrets, in order; the hexadecimal text is what the store reads.
   * @throws Error when one does not open
   */
  open(pixelId: string, sealed: readonly string[]): string[];
};

const SECRET_BYTES = 32;
const NO_KEYS = 'needs an encryption key, and this server has none: set VOLLEY_ENCRYPTION_KEYS';

/** @param seal null when no encryption key was given */
export function createPixelSecrets(seal: Seal | null, random: RandomBytes): PixelSecrets {
  // A worker opens the same few secrets at every attempt.
  const opened = new LRUCache<string, string>({ max: 10_000 });

  function openOne(pixelId: string, sealed: string): string {
    const known = opened.get(`${pixelId} ${sealed}`);
    if (known !== undefined) return known;
    if (!seal) throw new Error(`a signing secret ${NO_KEYS}`);
    const secret = asText(seal.open(Buffer.from(sealed, 'hex'), pixelId));
    opened.set(`${pixelId} ${sealed}`, secret);
    return secret;
  }

  return {
    unavailable: seal ? null : NO_KEYS,
    mint(pixelId) {
      if (!seal) throw new Error(`a signing secret ${NO_KEYS}`);
      const bytes = random(SECRET_BYTES);
      return { secret: asText(bytes), sealed: seal.seal(bytes, pixelId) };
    },
    open: (pixelId, sealed) => sealed.map((one) => openOne(pixelId, one)),
  };
}

/** The form of Standard Webhooks. */
function asText(bytes: Buffer): string {
  return `whsec_${bytes.toString('base64')}`;
}

/** Signs previews, whose signatures nobody should take for real: never a pixel's. */
export const SAMPLE_SECRET = asText(Buffer.alloc(SECRET_BYTES, 'volley sample secret '));
