import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * Imports point one way (docs/architecture.md). A folder may import the folders before it in this
 * list and itself; stages (one row) may import earlier stages, and pure files of later ones.
 */
const LAYERS: string[][] = [
  ['platform'],
  ['queue', 'live', 'store'],
  ['access'],
  ['catalog'],
  ['clicks', 'echo', 'pixels', 'events', 'postbacks', 'reports'],
  ['graphql'],
  ['http'],
  ['embedded'],
  ['tail'],
  [''],
  ['demo'],
];

/** Packages that do no I/O: a file that imports only these and pure files is a pure decision. */
const PURE_PACKAGES = [
  'bowser',
  'ipaddr.js',
  'lru-cache',
  'node:crypto',
  'node:net',
  'uuidv7',
  'zod',
];

type Import = { from: string; to: string; isType: boolean };
type SourceFile = { path: string; imports: Import[] };

const sources = new Map(
  globSync('src/**/*.ts', { exclude: (path) => /generated|\/gql/.test(String(path)) })
    .map((path) => readSource(normalize(path)))
    .map((source) => [source.path, source]),
);
const problems = [...sources.values()].flatMap(({ imports }) => imports.flatMap(findProblem));
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?from\s*)?'([^']+)'/gm);
  const imports = [...found].map(([, type, target = '']) => ({
    from: path,
    to: target.startsWith('.') ? normalize(join(dirname(path), target)) : target,
    isType: type !== undefined,
  }));
  return { path, imports };
}

function findProblem({ from, to, isType }: Import): string[] {
  if (!to.startsWith('src/')) return [];
  const [fromLayer, fromFolder] = place(from);
  const [toLayer, toFolder] = place(to);
  if (toFolder === fromFolder || toLayer < fromLayer) return [];
  const isLaterStage = toLayer === fromLayer && isStage(toFolder);
  if (isLaterStage && stageOrder(toFolder) < stageOrder(fromFolder)) return [];
  // Types and pure decisions may be shared, but nobody below may even name GraphQL or HTTP.
  const isBelowServing = toLayer <= layerOf('reports');
  if (isBelowServing && (isType || isPure(to))) return [];
  if (to === 'src/config.ts' && isType) return [];
  return [`${from} may not import ${to}`];
}

function place(path: string): [layer: number, folder: string] {
  const parts = path.split('/');
  const folder = parts.length > 2 ? (parts[1] ?? '') : '';
  return [layerOf(folder), folder];
}

function layerOf(folder: string): number {
  const layer = LAYERS.findIndex((folders) => folders.includes(folder));
  if (layer < 0)
    throw new Error(`src/${folder} has no place in LAYERS of scripts/check-imports.ts`);
  return layer;
}

function isStage(folder: string): boolean {
  return stageOrder(folder) >= 0;
}

function stageOrder(folder: string): number {
  return (LAYERS[layerOf('clicks')] ?? []).indexOf(folder);
}

function isPure(path: string): boolean {
  const imports = sources.get(path)?.imports ?? [];
  return imports.every(
    ({ to, isType }) =>
      isType || PURE_PACKAGES.includes(to) || (to.startsWith('src/') && isPure(to)),
  );
}
