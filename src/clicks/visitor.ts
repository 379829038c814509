import Bowser from 'bowser';
import { LRUCache } from 'lru-cache';

/** What a user agent says of the visitor's device, in the words of the library; null for what it does not say. */
export type Device = { deviceType: string | null; os: string | null; browser: string | null };

const UNKNOWN: Device = { deviceType: null, os: null, browser: null };
// Visitors are many, their browsers few; reading a line costs more than rendering a URL.
const devices = new LRUCache<string, Device>({ max: 5_000 });

/** Reads a `User-Agent`: `mobile`, `tablet`, `desktop` or `tv`, `Android`, `Chrome`. Never throws. */
export function readDevice(userAgent: string | null): Device {
  if (!userAgent) return UNKNOWN;
  const known = devices.get(userAgent);
  if (known) return known;
  const { platform, os, browser } = Bowser.parse(userAgent);
  const device = {
    deviceType: platform.type || null,
    os: os.name || null,
    browser: browser.name || null,
  };
  devices.set(userAgent, device);
  return device;
}

/** The language an `Accept-Language` prefers, without region and in small letters; null for none. */
export function readLanguage(acceptLanguage: string | null): string | null {
  const wanted = (acceptLanguage ?? '').split(',').flatMap((part) => {
    const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const language = tag.split('-')[0]!.toLowerCase();
    const quality = Number(parameters.find((it) => it.startsWith('q='))?.slice(2) ?? '1');
    return /^[a-z]{2,8}$/.test(language) && quality > 0 ? [{ language, quality }] : [];
  });
  return wanted.toSorted((a, b) => b.quality - a.quality)[0]?.language ?? null;
}
