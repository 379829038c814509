import { isDeepStrictEqual } from 'node:util';
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { fieldRulesOf, RULES, type ViewerName } from './access-rules.ts';

type Json = Record<string, unknown>;

/** What a viewer got for a field, beside what an ADMIN gets for the same one. */
export type Outcome = 'shown' | 'empty' | 'hidden' | 'partly' | 'masked' | 'differs' | 'alone';

/** By `Type.field`, what was ever got for it. */
export type Observed = Map<string, Set<Outcome>>;

const MASK = '***';
/** Page of a connection within another object: what was seeded fits in. */
const PAGE = 8;

/**
 * Selects every field of a type: what has no id of its own with all it holds, other nodes with all their own
 * fields (`level` 1) or as their id (`level` 0). Fields that refuse this viewer are left out.
 */
export function selectAll(
  schema: GraphQLSchema,
  viewer: ViewerName,
  type: GraphQLNamedType,
  level = 1,
): string {
  if (isUnionType(type)) {
    const members = type.getTypes().map((member) => {
      const fields = selectAll(schema, viewer, member, level);
      return `... on ${member.name} { ${fields} }`;
    });
    return ['__typename', ...members].join(' ');
  }
  if (!isObjectType(type)) throw new Error(`${type.name} is no object`);
  const fields = Object.values(type.getFields()).filter(({ name }) => !refuses(type, name, viewer));
  return ['__typename', ...fields.map((field) => select(schema, viewer, field, level))].join(' ');
}

function select(
  schema: GraphQLSchema,
  viewer: ViewerName,
  field: GraphQLField<unknown, unknown>,
  level: number,
): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return field.name;
  if (!isPage(type)) return `${field.name} { ${selectNested(schema, viewer, type, level)} }`;
  return `${field.name}(first: ${PAGE}) { ${selectPage(schema, viewer, type, level)} }`;
}

/** All of a page; its edges lead to ids, as the nodes beside them show the rest. */
export function selectPage(
  schema: GraphQLSchema,
  viewer: ViewerName,
  page: GraphQLObjectType,
  level: number,
): string {
  const node = getNamedType(page.getFields().nodes!.type) as GraphQLObjectType;
  const inEdges = isNode(node) ? '__typename id' : '__typename';
  const nodes = isNode(node)
    ? selectNested(schema, viewer, node, level)
    : selectAll(schema, viewer, node, level);
  const info = '__typename endCursor hasNextPage hasPreviousPage startCursor';
  return `__typename edges { __typename cursor node { ${inEdges} } } nodes { ${nodes} } pageInfo { ${info} }`;
}

function selectNested(
  schema: GraphQLSchema,
  viewer: ViewerName,
  type: GraphQLNamedType,
  level: number,
): string {
  if (isInterfaceType(type)) return '__typename id';
  if (!isNode(type)) return selectAll(schema, viewer, type, level);
  return level > 0 ? selectAll(schema, viewer, type, level - 1) : '__typename id';
}

export function isPage(type: GraphQLNamedType): type is GraphQLObjectType {
  return isObjectType(type) && type.name.endsWith('Connection');
}

function isNode(type: GraphQLNamedType): boolean {
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
}

/** Whether a field answers this viewer with an error instead of a value. */
function refuses(type: GraphQLObjectType, field: string, viewer: ViewerName): boolean {
  return viewer === 'INTEGRATION' && FOR_READERS.has(`${type.name}.${field}`);
}

const FOR_READERS = new Set(
  Object.entries(RULES).flatMap(([type, rule]) =>
    fieldRulesOf(rule)
      .filter(([, how]) => how === 'readers')
      .map(([field]) => `${type}.${field}`),
  ),
);

/** Every object with an id in an ADMIN's answers: what others get is compared with. */
export type Registry = Map<string, Json>;

/** Adds the objects of an answer, field by field the fullest selection that was ever seen. */
export function register(registry: Registry, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) register(registry, item);
  if (!isObject(value)) return;
  if (typeof value.id === 'string') {
    const known = registry.get(keyOf(value)) ?? {};
    for (const [field, got] of Object.entries(value)) {
      const length = field in known ? JSON.stringify(known[field]).length : -1;
      if (JSON.stringify(got).length > length) known[field] = got;
    }
    registry.set(keyOf(value), known);
  }
  for (const item of Object.values(value)) register(registry, item);
}

/** Walks an answer beside the ADMIN's and notes, for every field in it, what the viewer got. */
export function observe(
  observed: Observed,
  value: unknown,
  admins: unknown,
  registry: Registry,
): void {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      observe(observed, item, counterpart(admins, item, at, value.length), registry);
    }
  }
  if (!isObject(value) || typeof value.__typename !== 'string') return;
  const same = isObject(admins) && keyOf(admins) === keyOf(value);
  const known = typeof value.id === 'string' ? registry.get(keyOf(value)) : undefined;
  const reference = known ?? (same ? (admins as Json) : undefined);
  for (const [field, got] of Object.entries(value)) {
    if (field === '__typename') continue;
    const name = `${value.__typename}.${field}`;
    const outcomes = observed.get(name) ?? new Set();
    observed.set(name, outcomes);
    const isKnown = reference !== undefined && field in reference;
    outcomes.add(isKnown ? compare(got, reference[field]) : 'alone');
    observe(observed, got, reference?.[field], registry);
  }
}

/** The ADMIN's item in a list that may hold more than the viewer's. */
function counterpart(admins: unknown, item: unknown, at: number, length: number): unknown {
  if (!Array.isArray(admins)) return undefined;
  const { id } = (item ?? {}) as Json;
  if (id !== undefined) return admins.find((other) => isObject(other) && other.id === id);
  if (admins.length === length) return admins[at];
  return admins.find((other) => isDeepStrictEqual(other, item));
}

function compare(got: unknown, admins: unknown): Outcome {
  if (isEmpty(got)) return isEmpty(admins) ? 'empty' : 'hidden';
  if (isEmpty(admins)) return 'differs';
  if (Array.isArray(got) && got.some(isObject)) {
    return got.length < (admins as unknown[]).length ? 'partly' : 'shown';
  }
  if (isObject(got)) return keyOf(got) === keyOf(admins as Json) ? 'shown' : 'differs';
  if (isDeepStrictEqual(got, admins)) return 'shown';
  return JSON.stringify(got).includes(MASK) ? 'masked' : 'differs';
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function keyOf({ __typename, id = '' }: Json): string {
  return `${__typename} ${id}`;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
