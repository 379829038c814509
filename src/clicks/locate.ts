import { type CityResponse, open } from 'maxmind';
import { StartError, toError } from '../platform/failure.ts';
import { parseAddress } from '../platform/networks.ts';

/** Where an address is: a country by its two letters (ISO 3166-1), the others by their English names. */
export type Place = { country: string | null; region: string | null; city: string | null };

/** Looks an address up; never throws. */
export type Locate = (address: string | null) => Place;

const NOWHERE: Place = { country: null, region: null, city: null };

/** Without a database nothing is known of any address. */
export const locateNothing: Locate = () => NOWHERE;

/**
 * Opens a geographic database in MaxMind's format: GeoLite2 or DB-IP, of countries or of cities. A file
 * that is replaced meanwhile is read again, as these are renewed every week.
 *
 * @throws StartError with one sentence when the file is none.
 */
export async function openLocator(file: string): Promise<Locate> {
  const options = { watchForUpdates: true, watchForUpdatesNonPersistent: true };
  const reader = await open<CityResponse>(file, options).catch((thrown: unknown) => {
    throw new StartError(
      `VOLLEY_GEO_DATABASE: cannot read ${file} as a MaxMind database (.mmdb): ${toError(thrown).message}`,
      { cause: thrown },
    );
  });
  return (address) => {
    const parsed = address === null ? null : parseAddress(address);
    const found = parsed && reader.get(parsed.toString());
    if (!found) return NOWHERE;
    return {
      country: found.country?.iso_code ?? null,
      region: found.subdivisions?.[0]?.names?.en ?? null,
      city: found.city?.names?.en ?? null,
    };
  };
}
