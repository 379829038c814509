import { defineConfig } from 'prisma/config';

// Prisma downloads its schema engine at start unless it is given one. Generating code needs none,
// and migrations use the WebAssembly engine (src/store/schema-engine.ts): any program will do.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
