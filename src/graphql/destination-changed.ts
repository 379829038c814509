import { visibleByAffiliate } from '../access/visibility.ts';
import { builder, READERS } from './builder.ts';
import { Destination, DestinationFilter, toPrisma } from './destination.ts';

builder.subscriptionField('destinationChanged', (t) =>
  t.prismaField({
    type: Destination,
    description:
      'Those that are held, then each one whenever it is held, probed or released, as it is then. Looked at twice a second: of quick changes the last one counts.',
    authScopes: { roles: READERS },
    args: { where: t.arg({ type: DestinationFilter }) },
    subscribe: (_root, args, { db, viewer, destinationChanges }) => {
      const chosen = { AND: [visibleByAffiliate(viewer), toPrisma(args.where)] };
      return destinationChanges.watch(
        (id) => db.destination.findFirst({ where: { AND: [{ id }, chosen] } }),
        async () => {
          const where = { AND: [{ heldUntil: { not: null } }, chosen] };
          const held = await db.destination.findMany({ where, select: { id: true } });
          return held.map(({ id }) => id);
        },
      );
    },
    resolve: (query, changed, _args, { db }) =>
      db.destination.findUniqueOrThrow({ ...query, where: { id: (changed as { id: string }).id } }),
  }),
);
