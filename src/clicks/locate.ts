import { stat } from 'node:fs/promises';
import { type CityResponse, open, type Reader } from 'maxmind';
import { StartError, toError } from '../platform/failure.ts';
import { every } from '../platform/lifecycle.ts';
import { parseAddress } from '../platform/networks.ts';

/** Where an address is: a country by its two letters (ISO 3166-1), the others by their English names. */
export type Place = { country: string | null; region: string | null; city: string | null };

/** Looks an address up; never throws. */
export type Locate = (address: string | null) => Place;

const NOWHERE: Place = { country: null, region: null, city: null };

/** Without a database nothing is known of any address. */
export const locateNothing: Locate = () => NOWHERE;

type Deps = {
  /** Path of the `.mmdb` file. */
  file: string;
  /** Told of a new file that cannot be read, and of a record that cannot be. */
  onFault: (thrown: unknown) => void;
  /** How often is looked for a new file in its place, ms. */
  everyMs?: number;
};

const EVERY_MS = 10_000;

/**
 * Opens a geographic database in MaxMind's format: GeoLite2 or DB-IP, of countries or of cities. A file
 * that is put in its place is taken up, as these are renewed every week; the library would do so as well,
 * but ends the process over one that is half copied. Until the new one can be read the old one counts.
 *
 * @throws StartError with one sentence when the file is none.
 */
export async function openLocator({
  file,
  onFault,
  everyMs = EVERY_MS,
}: Deps): Promise<AsyncDisposable & { locate: Locate }> {
  // Before it is read: what comes while it is, is another one.
  let known = await stampOf(file);
  let reader = await read(file);

  async function renew(): Promise<void> {
    const stamp = await stampOf(file);
    if (stamp === known) return;
    known = stamp;
    reader = await read(file);
  }
  const renewing = every(everyMs, renew, onFault);

  return {
    locate(address) {
      const parsed = address === null ? null : parseAddress(address);
      if (parsed === null) return NOWHERE;
      try {
        return placeOf(reader.get(parsed.toString()));
      } catch (thrown) {
        // No click is lost over a broken record.
        onFault(thrown);
        return NOWHERE;
      }
    },
    [Symbol.asyncDispose]: () => renewing[Symbol.asyncDispose](),
  };
}

/** Another one for every file that is put in the place of one. */
async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => null);
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'none';
}

async function read(file: string): Promise<Reader<CityResponse>> {
  try {
    return await open<CityResponse>(file);
  } catch (thrown) {
    const why = toError(thrown).message;
    const message = `VOLLEY_GEO_DATABASE: cannot read ${file} as a MaxMind database (.mmdb): ${why}`;
    throw new StartError(message, { cause: thrown });
  }
}

function placeOf(found: CityResponse | null): Place {
  if (!found) return NOWHERE;
  return {
    country: found.country?.iso_code ?? null,
    region: found.subdivisions?.[0]?.names?.en ?? null,
    city: found.city?.names?.en ?? null,
  };
}
