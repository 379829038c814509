import { decodeCursor, type LogName, type Position } from '../live/position.ts';
import type { LiveMessage } from '../live/watch.ts';
import { callerError } from './caller-error.ts';
import type { Context } from './context.ts';

/** What the fields of a live log take and tell, in the same words. */
export const AFTER = 'Resume behind this cursor; default: from now on.';
export const CURSOR = 'The place in the log; pass it as `after` to resume behind it.';

const FIELDS = {
  attempts: 'postbackFired',
  events: 'eventRecorded',
  clicks: 'clickRecorded',
  echoes: 'echoReceived',
};

/**
 * The place behind which a viewer begins: that of `after`, else that of its last event over SSE; null
 * for from now on.
 * @param log left out for attempts
 * @throws BAD_USER_INPUT for a cursor of something else: a fault of the document
 */
export function startOf(
  after: string | null | undefined,
  { lastEventId }: Pick<Context, 'lastEventId'>,
  log?: LogName,
): Position | null {
  const cursor = after || lastEventId;
  if (!cursor) return null;
  const position = decodeCursor(cursor, log);
  if (position) return position;
  const message = `${JSON.stringify(cursor.slice(0, 100))} is no cursor of ${FIELDS[log ?? 'attempts']}: pass what a message held in "cursor".`;
  throw callerError('BAD_USER_INPUT', message);
}

/** Resolves a live field: notes where its message stands, which is the event's id over SSE. */
export function noteLive<Row>(
  message: LiveMessage<Row>,
  _args: object,
  context: Pick<Context, 'livePosition'>,
): LiveMessage<Row> {
  context.livePosition = message.position;
  return message;
}
