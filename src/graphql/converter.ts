import { type Conversion, convertTemplate } from '../pixels/convert.ts';
import type { Dialect } from '../pixels/dialect-words.ts';
import { DIALECTS } from '../pixels/dialects.ts';
import { findUnpermitted } from '../pixels/permissions.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { grantedTo } from './visitor-data.ts';

const TemplateDialect = builder.enumType('TemplateDialect', {
  description: 'A system whose postback templates can be translated. May grow.',
  values: Object.fromEntries(
    Object.entries(DIALECTS).map(([name, { label }]) => [name, { description: label }]),
  ) as Record<Dialect, { description: string }>,
});

const TemplateChange = builder
  .objectRef<Conversion['changes'][number]>('TemplateChange')
  .implement({
    description: 'A macro that was translated, or kept with something to know.',
    fields: (t) => ({
      from: t.exposeString('from', { description: 'As it was pasted.' }),
      to: t.exposeString('to', {
        description: 'As it stands now; equal to `from` when it was kept.',
      }),
      note: t.exposeString('note', { description: 'What it means, and what to look at.' }),
      position: t.exposeInt('position', { description: 'Place in the pasted text, from 1.' }),
    }),
  });

const UnsupportedMacro = builder
  .objectRef<Conversion['unsupported'][number]>('UnsupportedMacro')
  .implement({
    description: 'A macro that has no counterpart here and was left as it was pasted.',
    fields: (t) => ({
      token: t.exposeString('token', { description: 'As it was pasted.' }),
      note: t.exposeString('note', { description: 'Why, and what to do instead.' }),
      position: t.exposeInt('position', { description: 'Place in the pasted text, from 1.' }),
    }),
  });

const TemplateConversion = builder
  .objectRef<Conversion & { warnings: string[] }>('TemplateConversion')
  .implement({
    description: 'A pasted template in the language of Volley. Nothing was saved.',
    fields: (t) => ({
      dialect: t.expose('dialect', {
        type: TemplateDialect,
        nullable: true,
        description: 'The given or recognised system; null when there was nothing to translate.',
      }),
      url: t.exposeString('url', {
        description: 'Not checked yet: `previewPostback` says how it reads.',
      }),
      changes: t.expose('changes', {
        type: [TemplateChange],
        description: 'Every macro that was touched, or that means something to know.',
      }),
      unsupported: t.expose('unsupported', {
        type: [UnsupportedMacro],
        description: 'What has no counterpart: change these by hand.',
      }),
      warnings: t.exposeStringList('warnings', {
        description: 'What this key may not save as it is, and whom to ask.',
      }),
    }),
  });

/** Far more than any template may have; beyond it the text is no template. */
const MAX_PASTED = 8_192;

builder.queryField('convertTemplate', (t) =>
  t.field({
    type: TemplateConversion,
    description: 'Translates a postback template pasted from another system.',
    authScopes: { roles: READERS },
    complexity: 5,
    args: {
      url: t.arg.string({ required: true, description: 'The template as it was pasted.' }),
      dialect: t.arg({ type: TemplateDialect, description: 'Default: recognised by its macros.' }),
    },
    resolve: async (_root, { url, dialect }, context) => {
      if (url.length > MAX_PASTED) {
        throw callerError(
          'BAD_USER_INPUT',
          `"url" must have at most ${MAX_PASTED} characters; it has ${url.length}.`,
        );
      }
      const converted = convertTemplate(url, dialect ?? null);
      const issues = findUnpermitted({ ...converted, body: null }, await grantedTo(context));
      return { ...converted, warnings: issues.map(({ message }) => message) };
    },
  }),
);
