import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import { ConflictError, parseInput, text } from '../platform/refusals.ts';
import type { Db } from '../store/database.ts';
import type { Pixel, Prisma } from '../store/generated/client/client.ts';
import { movePixel, type PixelMove, whyNotMove } from './pixel-status.ts';

type Deps = { db: Db; clock: Clock };

/** Pauses, resumes or deletes a pixel; doing so twice is harmless. */
export async function changeStatus(
  deps: Deps,
  pixel: Pixel,
  move: 'PAUSE' | 'RESUME' | 'DELETE',
): Promise<string> {
  return apply(deps, pixel, move, {});
}

/**
 * Puts the version that waits live.
 * @param version the one the manager looked at; ConflictError when the pixel was edited since
 */
export async function approvePixel(
  deps: Deps,
  pixel: Pixel,
  version: number | null,
): Promise<string> {
  checkVersion(pixel, version);
  const { id } = pixel;
  return deps.db.$transaction(async (tx) => {
    await apply({ ...deps, db: tx }, pixel, 'APPROVE', { rejection: null });
    const where = { pixelId_version: { pixelId: id, version: pixel.version } };
    await tx.pixelVersion.update({ where, data: { approved: true } });
    return id;
  });
}

const rejection = z.object({ reason: text(500) });

/** Refuses the version that waits, with a reason its owner reads; it goes on waiting until it is edited. */
export async function rejectPixel(
  deps: Deps,
  pixel: Pixel,
  input: { reason: string; version: number | null },
): Promise<string> {
  const { reason } = parseInput(rejection, { reason: input.reason });
  checkVersion(pixel, input.version);
  return apply(deps, pixel, 'REJECT', { rejection: reason });
}

function checkVersion(pixel: Pixel, version: number | null): void {
  if (version === null || version === pixel.version) return;
  const message = `this pixel is at version ${pixel.version} by now, not ${version}: look at it again`;
  throw new ConflictError(message);
}

/** Fenced by status and version: what changed since it was read is not moved. */
async function apply(
  { db, clock }: { db: Pick<Prisma.TransactionClient, 'pixel'>; clock: Clock },
  { id, status, version }: Pixel,
  move: PixelMove,
  more: { rejection?: string | null },
): Promise<string> {
  const refusal = whyNotMove(move, status);
  if (refusal) throw new ConflictError(refusal);
  const { to, from } = movePixel(move);
  const { count } = await db.pixel.updateMany({
    where: { id, version, status: { in: from } },
    data: { status: to, updatedAt: clock.now(), ...more },
  });
  if (count === 0) throw new ConflictError('this pixel was changed meanwhile: read it again');
  return id;
}
