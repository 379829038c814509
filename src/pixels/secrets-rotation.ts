import type { Ids } from '../platform/ids.ts';
import { ConflictError } from '../platform/refusals.ts';
import type { Db } from '../store/database.ts';
import type { MintedSecret, PixelSecrets } from './secrets.ts';

type Deps = { db: Db; ids: Pick<Ids, 'row'>; secrets: PixelSecrets };
type StoredSecret = { id: string; sealed: string };
type Transaction = Parameters<Parameters<Db['$transaction']>[0]>[0];

/** A pixel has one secret without an end; a rotated one signs beside it until its end. */
const MAX_IN_FORCE = 5;

/**
 * Makes the secret of a pixel that becomes signed. One that was signed before keeps its secret: null.
 * The pixel's row is locked by the caller.
 */
export async function addFirstSecret(
  tx: Transaction,
  { ids, secrets }: Omit<Deps, 'db'>,
  pixelId: string,
): Promise<string | null> {
  if ((await tx.pixelSecret.count({ where: { pixelId, expiresAt: null } })) > 0) return null;
  const minted = secrets.mint(pixelId);
  await insertSecret(tx, ids.row(), pixelId, minted);
  return minted.secret;
}

/**
 * Makes a new secret for a signed pixel; the one before it signs beside it for 24 hours, by the
 * database's clock. One that does not open any more cannot sign: it would hold up every postback of the
 * pixel, and ends at once.
 */
export async function rotatePixelSecret(
  { db, ids, secrets }: Deps,
  pixelId: string,
): Promise<{ id: string; secret: string }> {
  if (secrets.unavailable) throw new ConflictError(`signing ${secrets.unavailable}`);
  const minted = secrets.mint(pixelId);
  await db.$transaction(async (tx) => {
    const [pixel] = await tx.$queryRaw<{ signed: boolean }[]>`
      SELECT signed AND status <> 'DELETED' AS signed FROM pixel WHERE id = ${pixelId}::uuid FOR UPDATE`;
    if (!pixel?.signed) {
      throw new ConflictError('this pixel is deleted or not signed: set signed: true first');
    }
    const inForce = await tx.$queryRaw<StoredSecret[]>`
      SELECT id::text, encode(sealed, 'hex') AS sealed FROM pixel_secret
      WHERE pixel_id = ${pixelId}::uuid AND (expires_at IS NULL OR expires_at > volley_now())`;
    const lost = inForce.filter(({ sealed }) => !opens(secrets, pixelId, sealed));
    if (inForce.length - lost.length >= MAX_IN_FORCE) {
      const message = `${MAX_IN_FORCE} secrets of this pixel are in force`;
      throw new ConflictError(
        `${message}: rotate again when one has ended, 24 hours after its rotation`,
      );
    }
    await tx.$executeRaw`
      UPDATE pixel_secret SET expires_at = volley_now()
      WHERE id = ANY(${lost.map(({ id }) => id)}::uuid[])`;
    await tx.$executeRaw`
      UPDATE pixel_secret SET expires_at = volley_now() + interval '24 hours'
      WHERE pixel_id = ${pixelId}::uuid AND expires_at IS NULL`;
    await insertSecret(tx, ids.row(), pixelId, minted);
  });
  return { id: pixelId, secret: minted.secret };
}

function opens(secrets: PixelSecrets, pixelId: string, sealed: string): boolean {
  try {
    return secrets.open(pixelId, [sealed]).length === 1;
  } catch {
    return false;
  }
}

/** Its time is the clock's by which it ends. */
async function insertSecret(
  tx: Transaction,
  id: string,
  pixelId: string,
  { sealed }: MintedSecret,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO pixel_secret (id, pixel_id, sealed, created_at)
    VALUES (${id}::uuid, ${pixelId}::uuid, ${sealed}, volley_now())`;
}
