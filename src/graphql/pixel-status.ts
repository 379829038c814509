import { approvePixel, changeStatus, rejectPixel } from '../pixels/move-pixel.ts';
import { ADMINS, builder, OWNERS } from './builder.ts';
import { payloadRef, resultOf } from './mutation.ts';
import { Pixel } from './pixel.ts';
import { findPixel, loadPixel } from './pixel-mutations.ts';

function pixelPayload(mutation: string, description: string) {
  return payloadRef<{ id: string }>(mutation).implement({
    description,
    fields: (t) => ({ pixel: t.prismaField({ type: Pixel, resolve: loadPixel }) }),
  });
}

/** The three mutations that only move a pixel's status. */
const STATUS_MUTATIONS = [
  [
    'PausePixel',
    'PAUSE',
    'Stops a pixel: new events are SKIPPED, open postbacks CANCELLED when due.',
  ],
  ['ResumePixel', 'RESUME', 'Lets a paused pixel fire again, for events from now on.'],
  ['DeletePixel', 'DELETE', 'Takes a pixel out of use for ever; its log stays.'],
] as const;

for (const [name, move, description] of STATUS_MUTATIONS) {
  const input = builder.inputType(`${name}Input`, {
    description: 'Which pixel.',
    fields: (t) => ({ pixelId: t.id({ required: true }) }),
  });
  builder.mutationField(`${name.charAt(0).toLowerCase()}${name.slice(1)}`, (t) =>
    t.field({
      type: resultOf(name, pixelPayload(name, 'The pixel as it is now.')),
      description,
      authScopes: { roles: OWNERS },
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_root, { input }, context) => {
        const pixel = await findPixel(context.db, context.viewer, input.pixelId);
        return { id: await changeStatus(context, pixel, move) };
      },
    }),
  );
}

const ApprovePixelInput = builder.inputType('ApprovePixelInput', {
  description: 'Which waiting pixel to put live.',
  fields: (t) => ({
    pixelId: t.id({ required: true }),
    version: t.int({
      description: 'The version that was looked at: ConflictError when it was edited since.',
    }),
  }),
});

builder.mutationField('approvePixel', (t) =>
  t.field({
    type: resultOf('ApprovePixel', pixelPayload('ApprovePixel', 'The pixel, ACTIVE.')),
    description: 'Puts a pixel that waits for approval live, for events from now on.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: ApprovePixelInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const pixel = await findPixel(context.db, context.viewer, input.pixelId);
      return { id: await approvePixel(context, pixel, input.version ?? null) };
    },
  }),
);

const RejectPixelInput = builder.inputType('RejectPixelInput', {
  description: 'Which waiting pixel to refuse, and why.',
  fields: (t) => ({
    pixelId: t.id({ required: true }),
    reason: t.string({
      required: true,
      description: 'What its owner should change, 1 to 500 characters.',
    }),
    version: t.int({
      description: 'The version that was looked at: ConflictError when it was edited since.',
    }),
  }),
});

builder.mutationField('rejectPixel', (t) =>
  t.field({
    type: resultOf(
      'RejectPixel',
      pixelPayload('RejectPixel', 'The pixel, which goes on waiting, with its `rejection`.'),
    ),
    description:
      'Refuses a pixel that waits for approval. It never fires until it is edited and approved.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: RejectPixelInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const pixel = await findPixel(context.db, context.viewer, input.pixelId);
      const refusal = { reason: input.reason, version: input.version ?? null };
      return { id: await rejectPixel(context, pixel, refusal) };
    },
  }),
);
