import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** What may wait for a client before it has to read from the log at its own pace. */
const MAX_WAITING_BYTES = 64 * 1024;

/** A whole message of text, as frames of RFC 6455 say it in their first byte. */
const WHOLE_TEXT = 0x81;
const END = 0x7d; // }

/**
 * Sends `next` messages of one operation from payloads that are bytes already, the same for every viewer: all
 * that is left to do for each is its id. A promise resolves when the client has taken what waits.
 *
 * A frame is one buffer and one write past ws, which writes its header and its text apart: of what a message
 * costs per viewer nearly all is the system's own write, and that of two pieces is dearer (decision 0024). Several messages
 * are one write too.
 * Frames of ws go through the same socket whole, so neither breaks the other.
 */
export function nextFrames(
  client: Pick<WebSocket, 'readyState' | 'OPEN'>,
  socket: Socket,
  id: string,
) {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  return (payloads: readonly Uint8Array[]): Promise<void> | null => {
    // After the frame that closes none may follow; its operations are ended by whoever closed it.
    if (client.readyState !== client.OPEN) return null;
    const frames = framesOf(head, payloads);
    if (socket.writableLength < MAX_WAITING_BYTES) {
      socket.write(frames);
      return null;
    }
    return new Promise((resolve) => socket.write(frames, () => resolve()));
  };
}

function framesOf(head: Uint8Array, payloads: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const payload of payloads) {
    const size = head.length + payload.length + 1;
    length += headerSizeOf(size) + size;
  }
  const frames = Buffer.allocUnsafe(length);
  let at = 0;
  for (const payload of payloads) at = writeFrame(frames, at, head, payload);
  return frames;
}

function headerSizeOf(size: number): 2 | 4 | 10 {
  if (size < 126) return 2;
  return size < 65_536 ? 4 : 10;
}

/** @returns where the next one begins */
function writeFrame(frames: Buffer, at: number, head: Uint8Array, payload: Uint8Array): number {
  const size = head.length + payload.length + 1;
  const headerSize = headerSizeOf(size);
  frames[at] = WHOLE_TEXT;
  if (headerSize === 2) {
    frames[at + 1] = size;
  } else if (headerSize === 4) {
    frames[at + 1] = 126;
    frames.writeUInt16BE(size, at + 2);
  } else {
    frames[at + 1] = 127;
    frames.writeBigUInt64BE(BigInt(size), at + 2);
  }
  frames.set(head, at + headerSize);
  frames.set(payload, at + headerSize + head.length);
  const end = at + headerSize + size;
  frames[end - 1] = END;
  return end;
}
