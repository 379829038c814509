import { readFileSync } from 'node:fs';
import { specifiedRules } from 'graphql';
import { z } from 'zod';
import { schema } from '../graphql/schema.ts';
import { toError } from '../platform/failure.ts';
import { parseDocument, validateWithinLimits } from './document-limits.ts';

/** Documents by the ids that clients send in their place. */
export type Manifest = ReadonlyMap<string, string>;

const manifest = z.record(z.string().min(1), z.string());

/** Documents that cannot be used are all told, up to this many: a changed schema may spoil more than one. */
const MAX_TOLD = 5;

/**
 * Reads VOLLEY_PERSISTED_OPERATIONS: the path of a JSON file of documents by their ids, as the client
 * preset of graphql-codegen writes it. Each document must pass what the gate would ask of it, so that an
 * operation that the schema does not have any more is found by the start and not by a client.
 *
 * @throws Error with what is wrong with it.
 */
export function readManifest(path: string): Manifest {
  const parsed = manifest.safeParse(parseJson(path, readText(path)));
  if (!parsed.success) {
    throw new Error(
      `${path} must hold one JSON object of documents by their ids, all of them text`,
    );
  }
  const documents = new Map(Object.entries(parsed.data));
  if (documents.size === 0) throw new Error(`${path} holds no operation`);
  const problems = [...documents].flatMap(([id, text]) => {
    const problem = findProblem(text);
    return problem === null
      ? []
      : [`the document ${JSON.stringify(id)} in ${path} cannot be used: ${problem}`];
  });
  if (problems.length > MAX_TOLD) {
    problems.splice(MAX_TOLD, problems.length, `and ${problems.length - MAX_TOLD} more`);
  }
  if (problems.length > 0) throw new Error(problems.join('; '));
  return documents;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new Error(`${path} cannot be read: ${toError(thrown).message}`);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Error(`${path} is not JSON: ${toError(thrown).message}`);
  }
}

function findProblem(text: string): string | null {
  try {
    const [finding] = validateWithinLimits(schema, parseDocument(text), specifiedRules);
    return finding?.message ?? null;
  } catch (thrown) {
    return toError(thrown).message;
  }
}
