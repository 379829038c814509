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
 * costs per viewer nearly all is the system's own write, and that of two pieces is dearer (decision 0024).
 * Frames of ws go through the same socket whole, so neither breaks the other.
 */
export function nextFrames(
  client: Pick<WebSocket, 'readyState' | 'OPEN'>,
  socket: Socket,
  id: string,
) {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  return (payload: Uint8Array): Promise<void> | null => {
    // After the frame that closes none may follow; its operations are ended by whoever closed it.
    if (client.readyState !== client.OPEN) return null;
    const frame = frameOf(head, payload);
    if (socket.writableLength < MAX_WAITING_BYTES) {
      socket.write(frame);
      return null;
    }
    return new Promise((resolve) => socket.write(frame, () => resolve()));
  };
}

function frameOf(head: Uint8Array, payload: Uint8Array): Buffer {
  const size = head.length + payload.length + 1;
  const headerSize = size < 126 ? 2 : size < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerSize + size);
  frame[0] = WHOLE_TEXT;
  if (headerSize === 2) {
    frame[1] = size;
  } else if (headerSize === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(size), 2);
  }
  frame.set(head, headerSize);
  frame.set(payload, headerSize + head.length);
  frame[frame.length - 1] = END;
  return frame;
}
