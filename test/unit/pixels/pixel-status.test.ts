import { describe, expect, test } from 'vitest';
import {
  movePixel,
  type PixelMove,
  type PixelState,
  statusAfterSave,
  whyNotMove,
} from '../../../src/pixels/pixel-status.ts';

const STATES: PixelState[] = ['ACTIVE', 'PAUSED', 'PENDING_APPROVAL', 'DELETED'];
const OWNERS_MOVES: PixelMove[] = ['PAUSE', 'RESUME', 'DELETE'];

describe('moves', () => {
  test.each<[PixelMove, PixelState[], PixelState]>([
    ['PAUSE', ['ACTIVE', 'PAUSED'], 'PAUSED'],
    ['RESUME', ['ACTIVE', 'PAUSED'], 'ACTIVE'],
    ['DELETE', STATES, 'DELETED'],
    ['APPROVE', ['PENDING_APPROVAL'], 'ACTIVE'],
    ['REJECT', ['PENDING_APPROVAL'], 'PENDING_APPROVAL'],
  ])('%s leads from %o to %s, and from nowhere else', (move, from, to) => {
    expect(STATES.filter((status) => whyNotMove(move, status) === null)).toEqual(from);
    expect(movePixel(move).to).toBe(to);
  });
});

test('no sequence of an affiliate’s own moves and edits puts an unapproved version live', () => {
  type Pixel = { status: PixelState; approved: boolean };
  const created = statusAfterSave(null, true);
  const reached = new Set<string>();
  const open: Pixel[] = [created];
  while (open.length > 0) {
    const pixel = open.pop() as Pixel;
    const key = `${pixel.status} ${pixel.approved}`;
    if (reached.has(key)) continue;
    reached.add(key);
    for (const move of OWNERS_MOVES) {
      if (whyNotMove(move, pixel.status) === null) {
        open.push({ ...pixel, status: movePixel(move).to });
      }
    }
    if (pixel.status !== 'DELETED') open.push(statusAfterSave(pixel.status, true));
    // What a manager approved may be paused, edited and resumed: the edit waits again.
    if (pixel.status === 'PENDING_APPROVAL') open.push({ status: 'ACTIVE', approved: true });
  }

  expect([...reached].sort()).toEqual([
    'ACTIVE true',
    'DELETED false',
    'DELETED true',
    'PAUSED true',
    'PENDING_APPROVAL false',
  ]);
});

test('a manager’s edit keeps a pixel where it stands, and approves nothing by the way', () => {
  expect(statusAfterSave(null, false)).toEqual({ status: 'ACTIVE', approved: true });
  expect(statusAfterSave('PAUSED', false)).toEqual({ status: 'PAUSED', approved: true });
  expect(statusAfterSave('PENDING_APPROVAL', false)).toEqual({
    status: 'PENDING_APPROVAL',
    approved: false,
  });
});
