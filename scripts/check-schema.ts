import { readFileSync } from 'node:fs';
import { printedSchema } from '../src/graphql/print-schema.ts';

/** Fails when the committed contract is not what the code says. */
const committed = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
if (committed !== printedSchema()) {
  process.stderr.write(
    'schema.graphql differs from the code: run "npm run schema" and commit it.\n',
  );
  process.exitCode = 1;
}
