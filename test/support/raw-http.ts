import { once } from 'node:events';
import { connect } from 'node:net';

/** One answer as it came over the wire. */
export type RawAnswer = { status: number; headers: Record<string, string>; body: string };

/**
 * Sends bytes as they are over a connection of their own; resolves with everything that came back when
 * the service ends the connection, and rejects when it has not within 10 s.
 */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(10_000, () => socket.destroy(new Error('the connection was left open')));
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece.toString('latin1');
  });
  socket.write(bytes);
  const ended = once(socket, 'close');
  // A reset after the answer is an end as well.
  socket.on('error', () => {});
  socket.once('end', () => socket.destroy());
  await ended;
  if (socket.errored && answer === '' && socket.errored.message.includes('left open')) {
    throw socket.errored;
  }
  return answer;
}

/** Splits what came over a connection into its answers, by their content-length. */
export function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const length = Number(headers['content-length'] ?? 0);
    answers.push({
      status: Number(statusLine.split(' ')[1]),
      headers,
      body: rest.slice(end + 4, end + 4 + length),
    });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
