import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Program } from '../../support/process.ts';
import { rssMiB } from './processes.ts';

/** For processes whose memory is measured: the inspector opens on a port of its own once it is asked for. */
export const MEASURABLE = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

/**
 * What a process holds in memory once its garbage is gone, MiB: what it used and forgot says nothing of a
 * leak, as its heap is in no hurry to give it back. Needs `MEASURABLE` among the variables of its start.
 */
export async function heldMiB(program: Pick<Program, 'kill' | 'printed' | 'pid'>): Promise<number> {
  program.kill('SIGUSR1');
  const [, url = ''] = await program.printed(/Debugger listening on (ws:\S+)/);
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  inspector.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
  await once(inspector, 'message');
  inspector.close();
  return Math.round(rssMiB(program.pid));
}
