import { rotatePixelSecret } from '../pixels/secrets-rotation.ts';
import { builder, OWNERS } from './builder.ts';
import { payloadRef, resultOf } from './mutation.ts';
import { Pixel } from './pixel.ts';
import { CreatePixelPayload, findPixel, loadPixel, UpdatePixelPayload } from './pixel-mutations.ts';

for (const payload of [CreatePixelPayload, UpdatePixelPayload]) {
  builder.objectField(payload, 'secret', (t) =>
    t.exposeString('secret', {
      nullable: true,
      description:
        'The signing secret that was made because the pixel became signed, `whsec_...`. It is shown this once; null otherwise.',
    }),
  );
}

const RotatePixelSecretInput = builder.inputType('RotatePixelSecretInput', {
  description: 'Which pixel.',
  fields: (t) => ({ pixelId: t.id({ required: true }) }),
});

const RotatePixelSecretPayload = payloadRef<{ id: string; secret: string }>(
  'RotatePixelSecret',
).implement({
  description: 'The pixel with its new signing secret.',
  fields: (t) => ({
    pixel: t.prismaField({ type: Pixel, resolve: loadPixel }),
    secret: t.exposeString('secret', {
      description: 'The new signing secret, `whsec_...`. It is shown this once.',
    }),
  }),
});

builder.mutationField('rotatePixelSecret', (t) =>
  t.field({
    type: resultOf('RotatePixelSecret', RotatePixelSecretPayload),
    description:
      'Makes a new signing secret. For 24 hours calls carry the signature of the old one beside the new one.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: RotatePixelSecretInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { db, viewer, engine, ids, secrets } = context;
      const pixel = await findPixel(db, viewer, input.pixelId);
      // Whether the old secrets still open is the engine's to see.
      return rotatePixelSecret({ db: engine.db, ids, secrets }, pixel.id);
    },
  }),
);
