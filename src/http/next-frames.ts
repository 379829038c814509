import type { WebSocket } from 'ws';

/** What may wait for a client before it has to read from the log at its own pace. */
const MAX_WAITING_BYTES = 64 * 1024;

/**
 * Sends `next` messages of one operation from payloads that are text already: the same for every viewer but
 * for the id, so nothing is left to be done for each. A promise resolves when the client has taken what waits.
 */
export function nextFrames(
  socket: WebSocket,
  id: string,
): (payload: string) => Promise<void> | null {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return (payload) => {
    // Its operations are ended by whoever noticed.
    if (socket.readyState !== socket.OPEN) return null;
    const message = `${head}${payload}}`;
    if (socket.bufferedAmount < MAX_WAITING_BYTES) {
      socket.send(message);
      return null;
    }
    return new Promise((resolve) => socket.send(message, () => resolve()));
  };
}
