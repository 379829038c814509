import type { Server } from 'node:http';

type Options = {
  /** Milliseconds without a byte taken after which a connection ends. */
  afterMs?: number;
  onEnd?: (address: string | undefined) => void;
};

/**
 * Ends connections whose other end takes nothing of what waits for it for a minute: an answer that nobody reads
 * would be held for ever, with the stream or the cursor behind it. Whoever reads slowly stays (Node looks
 * whether the queue of a socket moved); a viewer that was cut off resumes with its cursor.
 */
export function endUnread(server: Server, { afterMs = 60_000, onEnd }: Options = {}): void {
  server.setTimeout(afterMs, (socket) => {
    // Silent because there is nothing to say: a keep-alive, a stream between two messages.
    if (socket.writableLength === 0) return;
    onEnd?.(socket.remoteAddress);
    socket.destroy();
  });
}
