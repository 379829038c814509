import { visibleByAffiliate } from '../access/visibility.ts';
import { encodeCursor } from '../live/position.ts';
import type { LiveMessage } from '../live/watch.ts';
import type { EchoRow } from '../store/echo-log.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { EchoCall } from './echo-receiver.ts';
import { readGlobalId } from './ids.ts';
import { AFTER, CURSOR, noteLive, startOf } from './live-position.ts';
import { Gap } from './postback-fired.ts';

const EchoReceived = builder.objectRef<LiveMessage<EchoRow>>('EchoReceived').implement({
  description:
    'A call that arrived at an echo receiver. The first message, and one every 15 s of silence, only tells the cursor.',
  fields: (t) => ({
    cursor: t.string({
      description: CURSOR,
      resolve: ({ position }) => encodeCursor(position),
    }),
    gap: t.expose('gap', {
      type: Gap,
      nullable: true,
      description: 'Set only when the log no longer holds what was missed.',
    }),
    call: t.prismaField({
      type: EchoCall,
      nullable: true,
      description: 'The call; null in a heartbeat, and when it is no longer kept.',
      resolve: (query, { row }, _args, { db }) =>
        row ? db.echoCall.findUnique({ ...query, where: { id: row.id } }) : null,
    }),
  }),
});

builder.subscriptionField('echoReceived', (t) =>
  t.field({
    type: EchoReceived,
    description: 'Every call that arrives at an echo receiver, after it is on disk.',
    authScopes: { roles: READERS },
    args: {
      echoReceiverId: t.arg.id({ required: true }),
      after: t.arg.string({ description: AFTER }),
    },
    subscribe: async (_root, { echoReceiverId, after }, context) => {
      const { db, viewer, watchEchoes } = context;
      const read = readGlobalId(String(echoReceiverId));
      const where = { AND: [{ id: read?.rowId ?? '' }, visibleByAffiliate(viewer)] };
      const receiver =
        read?.typename === 'EchoReceiver' ? await db.echoReceiver.findFirst({ where }) : null;
      if (!receiver) throw callerError('BAD_USER_INPUT', 'Nothing has this echoReceiverId.');
      return watchEchoes({
        after: startOf(after, context, 'echoes'),
        matches: ({ receiverId }) => receiverId === receiver.id,
      });
    },
    resolve: noteLive,
  }),
);
