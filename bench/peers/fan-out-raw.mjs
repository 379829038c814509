// The limit of a fan-out: nothing but sockets. `framed` builds one WebSocket frame and writes it to each, past ws; `send`
// has ws frame the same text for each.
import { once } from 'node:events';
import { Sender, WebSocketServer } from 'ws';
import { serveCalls } from '../support/serve-calls.ts';

const way = process.argv[2];
const viewers = new Map();
let server;

serveCalls({
  async listen() {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 2 ** 18 });
    server.on('connection', (socket) => {
      socket.once('message', (data) => {
        viewers.set(socket, JSON.parse(data.toString()).variables.affiliate);
      });
    });
    await once(server, 'listening');
    return { port: server.address().port, protocol: 'raw' };
  },
  publish(affiliate, fired) {
    const text = JSON.stringify({ id: '1', type: 'next', payload: { data: { fired } } });
    const frame = Buffer.concat(
      Sender.frame(Buffer.from(text), {
        fin: true,
        opcode: 1,
        mask: false,
        rsv1: false,
        readOnly: true,
      }),
    );
    for (const [socket, wanted] of viewers) {
      if (wanted !== null && wanted !== affiliate) continue;
      if (way === 'framed') socket._socket.write(frame);
      else socket.send(text);
    }
  },
});
