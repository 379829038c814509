import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { RandomBytes } from './random.ts';

/** A key with its name. A KeyObject shows nothing of itself when it is logged. */
export type SealKey = { id: string; key: KeyObject };

/** Keeps bytes so that the database alone does not give them away. */
export type Seal = {
  /** @param context what the bytes belong to: they open with the same one only */
  seal(plain: Uint8Array, context: string): Uint8Array<ArrayBuffer>;
  /** @throws Error naming the missing key, or when the bytes were changed or belong elsewhere. */
  open(sealed: Uint8Array, context: string): Buffer;
  /** Whether they were sealed with the first key. */
  isNewest(sealed: Uint8Array): boolean;
};

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals with the first key and opens with all of them. Sealed bytes are: version (1), length of the key
 * id, key id, nonce (12 bytes), tag (16), ciphertext; the context is authenticated with them.
 */
export function createSeal(keys: readonly [SealKey, ...SealKey[]], random: RandomBytes): Seal {
  const [newest] = keys;
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    isNewest: (sealed) => keyIdOf(Buffer.from(sealed)) === newest.id,

    seal(plain, context) {
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, newest.key, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
      const id = Buffer.from(newest.id);
      const head = Buffer.from([VERSION, id.length]);
      return Buffer.concat([head, id, nonce, cipher.getAuthTag(), ciphertext]);
    },

    open(sealed, context) {
      const bytes = Buffer.from(sealed);
      const idEnd = 2 + (bytes[1] ?? 0);
      const nonceEnd = idEnd + NONCE_BYTES;
      const tagEnd = nonceEnd + TAG_BYTES;
      if (bytes[0] !== VERSION || bytes.length < tagEnd) {
        throw new Error('these are no sealed bytes of version 1');
      }
      const id = keyIdOf(bytes);
      const key = byId.get(id);
      if (!key) {
        throw new Error(`the encryption key ${JSON.stringify(id)} is not known here`);
      }
      const options = { authTagLength: TAG_BYTES };
      const nonce = bytes.subarray(idEnd, nonceEnd);
      const decipher = createDecipheriv(ALGORITHM, key, nonce, options)
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(nonceEnd, tagEnd));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]);
      } catch (cause) {
        const message = `sealed bytes do not open with the encryption key ${JSON.stringify(id)}`;
        throw new Error(`${message}: they or the key were changed`, { cause });
      }
    },
  };
}

/** The id begins at the third byte; its length is the second. */
function keyIdOf(bytes: Buffer): string {
  return bytes.toString('utf8', 2, 2 + (bytes[1] ?? 0));
}

/**
 * Reads `id:base64,id2:base64`, the first one newest.
 * @throws Error that lists every problem by the entry's place, and repeats nothing of an entry.
 */
export function parseSealKeys(list: string): [SealKey, ...SealKey[]] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const keys = list.split(',').flatMap((entry, index): SealKey[] => {
    const refuse = (reason: string) => {
      problems.push(`entry ${index + 1} ${reason}`);
      return [];
    };
    const [, id, base64] = /^\s*([^:]*):(.*?)\s*$/s.exec(entry) ?? [];
    if (id === undefined || base64 === undefined) {
      return refuse('has no id: write id:base64 of 32 random bytes');
    }
    if (!/^[A-Za-z0-9._-]{1,32}$/.test(id)) {
      return refuse('needs an id of 1 to 32 characters of A-Z a-z 0-9 . _ -');
    }
    if (ids.has(id)) return refuse('has the id of an earlier one');
    ids.add(id);
    const bytes = Buffer.from(base64, 'base64');
    if (!/^[A-Za-z0-9+/]{43}=$/.test(base64) || bytes.length !== KEY_BYTES) {
      return refuse('is not the base64 of 32 bytes, 44 characters: openssl rand -base64 32');
    }
    return [{ id, key: createSecretKey(bytes) }];
  });
  const [first, ...rest] = keys;
  if (problems.length > 0 || !first) throw new Error(problems.join('; '));
  return [first, ...rest];
}

/** A new key in the form that `parseSealKeys` reads. */
export function mintSealKey(id: string, random: RandomBytes): string {
  return `${id}:${random(KEY_BYTES).toString('base64')}`;
}
