/** Where a pixel stands. */
export type PixelState = 'ACTIVE' | 'PAUSED' | 'PENDING_APPROVAL' | 'DELETED';

/** What may be asked of a pixel beside editing it. */
export type PixelMove = 'PAUSE' | 'RESUME' | 'DELETE' | 'APPROVE' | 'REJECT';

/**
 * Which statuses each move leads from, and where. A pixel that waits for approval is neither paused nor
 * resumed: resuming would put it live behind the manager's back. Doing a thing twice is harmless.
 */
const MOVES: Record<PixelMove, { from: PixelState[]; to: PixelState }> = {
  PAUSE: { from: ['ACTIVE', 'PAUSED'], to: 'PAUSED' },
  RESUME: { from: ['ACTIVE', 'PAUSED'], to: 'ACTIVE' },
  DELETE: { from: ['ACTIVE', 'PAUSED', 'PENDING_APPROVAL', 'DELETED'], to: 'DELETED' },
  APPROVE: { from: ['PENDING_APPROVAL'], to: 'ACTIVE' },
  REJECT: { from: ['PENDING_APPROVAL'], to: 'PENDING_APPROVAL' },
};

/** From which statuses a move leads and where to. */
export function movePixel(move: PixelMove): { from: PixelState[]; to: PixelState } {
  return MOVES[move];
}

/** Why a move is not possible from a status, as a sentence; null when it is. */
export function whyNotMove(move: PixelMove, status: PixelState): string | null {
  if (MOVES[move].from.includes(status)) return null;
  if (status === 'DELETED') return 'this pixel was deleted';
  if (status === 'PENDING_APPROVAL') {
    return 'this pixel waits for a manager: it may be edited or deleted, and approvePixel puts it live';
  }
  return 'this pixel does not wait for approval';
}

/**
 * Where a saved version leaves its pixel, and whether it may be fired. What an affiliate changes under
 * approval waits, also when the pixel was paused; a manager's edit of what waits does not approve it.
 * @param status of the pixel before; null for a new one
 * @param needsApproval the affiliate's pixels need approval and an affiliate saves
 */
export function statusAfterSave(
  status: PixelState | null,
  needsApproval: boolean,
): { status: PixelState; approved: boolean } {
  if (needsApproval || status === 'PENDING_APPROVAL') {
    return { status: 'PENDING_APPROVAL', approved: false };
  }
  return { status: status ?? 'ACTIVE', approved: true };
}
