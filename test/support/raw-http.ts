import { once } from 'node:events';
import { connect } from 'node:net';

/** One answer as it came over the wire. */
export type RawAnswer = { status: number; headers: Record<string, string>; body: string };

/**
 * Sends bytes as they are over a connection of their own; answers everything that came back by the time
 * the service ended the connection. Rejects when it has not within 10 s.
 * @param isWhole whether the sender says that nothing more will come
 */
export async function sendRaw(
  url: string,
  bytes: string | Buffer,
  isWhole = false,
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece.toString('latin1');
  });
  // A reset after the answer is an end as well.
  socket.on('error', () => {});
  if (isWhole) socket.end(bytes);
  else socket.write(bytes);
  const late = setTimeout(() => socket.destroy(new Error('left open')), 10_000);
  await once(socket, 'close').catch(() => {});
  clearTimeout(late);
  if (socket.errored?.message === 'left open') {
    throw new Error(`the connection was left open after ${JSON.stringify(answer.slice(0, 200))}`);
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
