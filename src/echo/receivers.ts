import type { Ids } from '../platform/ids.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Db } from '../store/database.ts';
import { Prisma } from '../store/generated/client/client.ts';

type Deps = { db: Db; ids: Pick<Ids, 'row'>; randomBytes: RandomBytes };

/** 128 bits: nobody finds a receiver by trying. */
const TOKEN_BYTES = 16;

/**
 * The echo receiver of an affiliate, made if it has none; answers its id. Asked again it is the same one:
 * pixels hold its URL. Another URL comes of deleting it first.
 */
export async function ensureEchoReceiver(deps: Deps, affiliateId: string): Promise<string> {
  const { db, ids, randomBytes } = deps;
  const existing = await db.echoReceiver.findUnique({ where: { affiliateId } });
  if (existing) return existing.id;
  const data = { id: ids.row(), affiliateId, token: Uint8Array.from(randomBytes(TOKEN_BYTES)) };
  try {
    await db.echoReceiver.create({ data });
    return data.id;
  } catch (thrown) {
    const isTaken =
      thrown instanceof Prisma.PrismaClientKnownRequestError && thrown.code === 'P2002';
    if (!isTaken) throw thrown;
    // Two at once: the other one's is the affiliate's.
    return (await db.echoReceiver.findUniqueOrThrow({ where: { affiliateId } })).id;
  }
}
