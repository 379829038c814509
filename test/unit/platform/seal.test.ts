import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createSeal, mintSealKey, parseSealKeys } from '../../../src/platform/seal.ts';

const OLD = mintSealKey('old', randomBytes);
const NEW = mintSealKey('new', randomBytes);
const sealWith = (keys: string) => createSeal(parseSealKeys(keys), randomBytes);
const bytes = fc.uint8Array({ maxLength: 100 });

describe('createSeal', () => {
  it('opens what it sealed, for the same context only', () => {
    const seal = sealWith(NEW);
    fc.assert(
      fc.property(bytes, fc.string(), fc.string(), (plain, context, other) => {
        const sealed = seal.seal(plain, context);

        expect(new Uint8Array(seal.open(sealed, context))).toEqual(plain);
        if (other !== context) expect(() => seal.open(sealed, other)).toThrow(/do not open/);
      }),
    );
  });

  it('refuses bytes of which one was changed', () => {
    const seal = sealWith(NEW);
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, at, change) => {
        const sealed = seal.seal(plain, 'pixel');
        const index = at % sealed.length;
        sealed[index] = sealed[index]! ^ change;

        expect(() => seal.open(sealed, 'pixel')).toThrow();
      }),
    );
  });

  it('refuses bytes that are cut short', () => {
    const sealed = sealWith(NEW).seal(Buffer.from('plain'), 'pixel');
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealWith(NEW).open(sealed.subarray(0, length), 'pixel')).toThrow();
    }
  });

  it('seals with the first key, opens with all, and names the one that is missing', () => {
    const before = sealWith(OLD).seal(Buffer.from('before'), 'pixel');
    const rotated = sealWith(`${NEW},${OLD}`);
    const after = rotated.seal(Buffer.from('after'), 'pixel');

    expect(rotated.open(before, 'pixel').toString()).toBe('before');
    expect(sealWith(NEW).open(after, 'pixel').toString()).toBe('after');
    expect(() => sealWith(NEW).open(before, 'pixel')).toThrow(/"old" is not known/);
    expect(() => sealWith(OLD).open(after, 'pixel')).toThrow(/"new" is not known/);
  });

  it('never seals the same bytes twice alike', () => {
    const seal = sealWith(NEW);
    const [one, two] = [seal.seal(Buffer.from('a'), 'x'), seal.seal(Buffer.from('a'), 'x')];
    expect(Buffer.from(one).equals(two)).toBe(false);
  });
});

describe('VOLLEY_ENCRYPTION_KEYS', () => {
  const SHORT = randomBytes(31).toString('base64');

  it.each([
    ['a key alone', NEW.slice(4), /entry 1 has no id/],
    ['an id with a space', NEW.replace('new', 'n w'), /entry 1 needs an id/],
    ['31 bytes', `${NEW},b:${SHORT}`, /entry 2 is not the base64 of 32 bytes/],
    ['an id twice', `${NEW},${NEW}`, /entry 2 has the id of an earlier one/],
    ['a comma at the end', `${NEW},`, /entry 2 has no id/],
  ])('refuses %s', (_, list, message) => {
    expect(() => parseSealKeys(list)).toThrow(message);
  });

  it('is refused with all that is wrong at once, beside other variables, and never repeated', () => {
    const list = `${NEW.slice(4)},b:${SHORT}`;
    const read = () => readConfig({ VOLLEY_ENCRYPTION_KEYS: list, PORT: 'x' });

    expect(read).toThrow(/PORT.*VOLLEY_ENCRYPTION_KEYS: entry 1 .*; entry 2 /s);
    try {
      read();
    } catch (refused) {
      for (const part of [NEW.slice(4), SHORT]) expect(String(refused)).not.toContain(part);
    }
  });

  it('shows no key when the configuration is printed', () => {
    const config = readConfig({ VOLLEY_ENCRYPTION_KEYS: `${NEW}, ${OLD}` });

    expect(config.encryptionKeys?.map(({ id }) => id)).toEqual(['new', 'old']);
    for (const shown of [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)]) {
      expect(shown).not.toContain(NEW.slice(4));
      expect(shown).not.toContain(Buffer.from(NEW.slice(4), 'base64').toString('hex'));
    }
  });
});
