import type { EntryParameter } from '../clicks/entry-url.ts';
import { builder } from './builder.ts';

export const Parameter = builder.objectRef<EntryParameter>('Parameter').implement({
  description: 'A parameter of an entry URL, name and value unchanged.',
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
});

export const ParameterInput = builder.inputType('ParameterInput', {
  description: 'A parameter of an entry URL.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 64 characters of `[A-Za-z0-9_.-]`.' }),
    value: t.string({
      required: true,
      description:
        'At most 1,024 characters; a macro of a traffic source such as `{gclid}` stays as typed.',
    }),
  }),
});
