import { PLACEHOLDERS, type Placeholder as PlaceholderRow } from '../pixels/placeholders.ts';
import type { RenderedValue } from '../pixels/render.ts';
import { ANYONE, builder } from './builder.ts';
import { PlaceholderSource } from './enums.ts';

export const PlaceholderValue = builder.objectRef<RenderedValue>('PlaceholderValue').implement({
  description: 'One placeholder of a template with the value it got.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As written in the template.' }),
    source: t.expose('source', {
      type: PlaceholderSource,
      nullable: true,
      description: 'Where the value comes from; null when there is none.',
    }),
    raw: t.exposeString('raw', { nullable: true, description: 'Before modifiers and encoding.' }),
    encoded: t.exposeString('encoded', { description: 'As it stands in the final URL.' }),
  }),
});

const Placeholder = builder.objectRef<PlaceholderRow>('Placeholder').implement({
  description:
    'A name that templates may hold in braces. Any other name stands for an entry parameter.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The canonical name.' }),
    aliases: t.field({
      type: ['String'],
      description: 'Names of other systems for the same value.',
      resolve: ({ aliases }) => [...aliases],
    }),
    description: t.exposeString('description', { description: 'What it stands for.' }),
    sample: t.exposeString('sample', { description: 'A value as it might be.' }),
    source: t.expose('source', {
      type: PlaceholderSource,
      description: 'Where its value comes from.',
    }),
  }),
});

builder.queryField('placeholders', (t) =>
  t.field({
    type: [Placeholder],
    description: 'The catalogue of placeholders, with aliases and samples.',
    authScopes: { roles: ANYONE },
    resolve: () => [...PLACEHOLDERS],
  }),
);
