import type { CommittedLog } from '../live/hub.ts';
import type { Position } from '../live/position.ts';
import { openRowLog } from './commit-order.ts';
import type { Sql } from './database.ts';

/** A call that arrived at an echo receiver. */
export type EchoRow = { position: Position; id: string; receiverId: string };

/** The log of calls in commit order, as far as they are kept. */
export function openEchoLog(sql: Sql): CommittedLog<EchoRow> {
  return openRowLog(sql, {
    log: 'echoes',
    table: 'echo_call',
    columns: `r.receiver_id AS "receiverId"`,
  });
}
