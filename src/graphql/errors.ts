import { ConflictError, InvalidInputError, NotFoundError } from '../platform/refusals.ts';
import { builder } from './builder.ts';

const ErrorInterface = builder.interfaceRef<Error>('Error').implement({
  description:
    'Something a caller caused and can act on. `... on Error { message }` reads any of them.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What is wrong and how to mend it.' }),
  }),
});

export const InputIssue = builder
  .objectRef<InvalidInputError['issues'][number]>('InputIssue')
  .implement({
    description: 'One thing that is wrong with an input.',
    fields: (t) => ({
      path: t.exposeStringList('path', {
        description: 'Field names and list positions to the value.',
      }),
      message: t.exposeString('message', {
        description: 'The rule or limit it breaks, and the fix.',
      }),
    }),
  });

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input breaks rules or limits; nothing was written.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ issues: t.expose('issues', { type: [InputIssue] }) }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'What was named does not exist, or not for this key.',
  interfaces: [ErrorInterface],
});

builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'The input is fine, but not with what is stored now.',
  interfaces: [ErrorInterface],
});
