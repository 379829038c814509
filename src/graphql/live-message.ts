import type { LogRow } from '../live/hub.ts';
import { encodeCursor } from '../live/position.ts';
import type { LiveGap, LiveMessage } from '../live/watch.ts';
import { builder } from './builder.ts';
import { CURSOR } from './live-position.ts';

const Gap = builder.objectRef<LiveGap>('Gap').implement({
  description:
    'What a resuming viewer missed and the log no longer holds: read it from `postbacks`.',
  fields: (t) => ({
    from: t.string({
      description: 'Where the gap begins.',
      resolve: ({ from }) => encodeCursor(from),
    }),
    to: t.string({ description: 'Where it ends.', resolve: ({ to }) => encodeCursor(to) }),
  }),
});

/** The type of a live log's messages: where each stands, and what is missing before it. Its row is added by its file. */
export function liveMessage<Row extends LogRow>(name: string, description: string) {
  return builder.objectRef<LiveMessage<Row>>(name).implement({
    description: `${description} The first message, and one every 15 s of silence, only tells the cursor.`,
    fields: (t) => ({
      cursor: t.string({
        description: CURSOR,
        resolve: ({ position }) => encodeCursor(position),
      }),
      gap: t.field({
        type: Gap,
        nullable: true,
        description: 'Set only when the log no longer holds what was missed.',
        resolve: ({ gap }) => gap,
      }),
    }),
  });
}
