import { visibleByAffiliate } from '../access/visibility.ts';
import type { EchoRow } from '../store/echo-log.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { EchoCall } from './echo-receiver.ts';
import { readGlobalId } from './ids.ts';
import { liveMessage } from './live-message.ts';
import { AFTER, startOf } from './live-position.ts';

const EchoReceived = liveMessage<EchoRow>(
  'EchoReceived',
  'A call that arrived at an echo receiver.',
);

builder.objectFields(EchoReceived, (t) => ({
  call: t.prismaField({
    type: EchoCall,
    nullable: true,
    description: 'The call; null in a heartbeat, and when it is no longer kept.',
    resolve: (query, { row }, _args, { db }) =>
      row ? db.echoCall.findUnique({ ...query, where: { id: row.id } }) : null,
  }),
}));

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
        ...{ group: receiver.id, keys: [receiver.id] },
        matches: ({ receiverId }) => receiverId === receiver.id,
      });
    },
    resolve: (message) => message,
  }),
);
