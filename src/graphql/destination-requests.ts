import { managedByAffiliate } from '../access/visibility.ts';
import { ConflictError, NotFoundError } from '../platform/refusals.ts';
import { resumeDestination } from '../store/destinations.ts';
import { builder, OWNERS } from './builder.ts';
import { Destination } from './destination.ts';
import { rowIdOf } from './ids.ts';
import { payloadRef, resultOf } from './mutation.ts';

const ResumeDestinationInput = builder.inputType('ResumeDestinationInput', {
  description: 'Which held destination to probe now.',
  fields: (t) => ({ destinationId: t.id({ required: true }) }),
});

const ResumeDestinationPayload = payloadRef<{ id: string }>('ResumeDestination').implement({
  description: 'The destination, still held: it is released when it answers.',
  fields: (t) => ({
    destination: t.prismaField({
      type: Destination,
      resolve: (query, { id }, _args, { db }) =>
        db.destination.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('resumeDestination', (t) =>
  t.field({
    type: resultOf('ResumeDestination', ResumeDestinationPayload),
    description:
      'Ends the hold of a destination early: within a second or two one call goes out, and when it is answered the others follow.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: ResumeDestinationInput, required: true }) },
    resolve: async (_root, { input }, { db, sql, viewer }) => {
      const id = rowIdOf('Destination', input.destinationId);
      const where = { AND: [{ id }, managedByAffiliate(viewer)] };
      const found = await db.destination.findFirst({ where });
      if (!found) {
        throw new NotFoundError(`no destination has the id ${JSON.stringify(input.destinationId)}`);
      }
      if (!(await resumeDestination(sql, id))) {
        throw new ConflictError('this destination is not held: its calls go out as they come due');
      }
      return { id };
    },
  }),
);
