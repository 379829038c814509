import type { CodegenConfig } from '@graphql-codegen/cli';

const shared = {
  preset: 'client',
  presetConfig: { fragmentMasking: false },
  config: {
    documentMode: 'string',
    useTypeImports: true,
    enumsAsTypes: true,
    importExtension: '.ts',
    emitLegacyCommonJSImports: false,
    scalars: { DateTime: 'string', Decimal: 'string' },
  },
} as const;

/** Typed operations for the demo, the tail, the monitor page and the tests, from the committed `schema.graphql`. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'src/demo/gql/': { ...shared, documents: ['src/demo/*.ts'] },
    'src/tail/gql/': { ...shared, documents: ['src/tail/*.ts'] },
    'monitor/gql/': { ...shared, documents: ['monitor/src/**/*.ts'] },
    'test/gql/': { ...shared, documents: ['test/**/*.ts', '!test/gql/**'] },
  },
};

export default config;
