import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  type Arguments,
  argumentsFor,
  LOGS,
  ownedBy,
  PREPARE,
} from '../support/access-requests.ts';
import {
  askersOf,
  type FieldRule,
  fieldRulesOf,
  ROOTS,
  RULES,
  VIEWERS,
  type ViewerName,
  wordsOf,
} from '../support/access-rules.ts';
import {
  isPage,
  type Observed,
  type Outcome,
  observe,
  type Registry,
  register,
  selectAll,
  selectPage,
} from '../support/access-walk.ts';
import {
  AFFIDS,
  globalId,
  makeWorld,
  markOf,
  OWN,
  PERSONAL,
  rowsFor,
  SEES,
  type World,
} from '../support/access-world.ts';
import { askOver, type Operation, TRANSPORTS, type Transport } from '../support/transports.ts';

type Answer = { data?: Record<string, unknown> | null; errors?: Refusal[] };
type Refusal = { message: string; path?: (string | number)[]; extensions?: { code?: string } };
type Field = GraphQLField<unknown, unknown>;

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const ROOT_TYPES = {
  Query: schema.getQueryType()!,
  Mutation: schema.getMutationType()!,
  Subscription: schema.getSubscriptionType()!,
};
const NODES = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);

/** Met over a stream alone. */
const LIVE_TYPES = [
  'ClickRecorded',
  'EchoReceived',
  'EventRecorded',
  'Gap',
  'PostbackCounts',
  'PostbackFired',
];

let world: World;
const registry: Registry = new Map();
/** What ADMIN is answered to the same, by what was asked. */
const references = new Map<string, unknown>();
/** What each viewer met over each transport. */
const met = new Map<string, Observed>();

beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test('every field of every type has one rule, and every root field says who may ask it', () => {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
  const isRoot = ({ name }: GraphQLObjectType) => name in ROOTS;
  const fieldsOf = (type: GraphQLObjectType) =>
    Object.keys(type.getFields()).map((field) => `${type.name}.${field}`);
  const real = objects.filter((type) => !type.name.startsWith('__'));

  const ruled = Object.entries(RULES).flatMap(([type, rule]) =>
    fieldRulesOf(rule).map(([field]) => `${type}.${field}`),
  );
  const roots = Object.entries(ROOTS).flatMap(([type, rules]) =>
    rules.flatMap(([, fields]) => wordsOf(fields).map((field) => `${type}.${field}`)),
  );

  expect(ruled.sort()).toEqual(
    real
      .filter((type) => !isRoot(type))
      .flatMap(fieldsOf)
      .sort(),
  );
  expect(roots.sort()).toEqual(real.filter(isRoot).flatMap(fieldsOf).sort());
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  describe.each(VIEWERS)('%s', (viewer) => {
    test('reads what its rules say, of its own rows, and is refused the rest', async () => {
      for (const field of Object.values(ROOT_TYPES.Query.getFields())) {
        if (field.name === 'node') continue;
        const given = argumentsFor(world, field.name, viewer);
        const operation = operationFor('Query', field, viewer, given);
        const answer = await ask(transport, viewer, operation);
        if (!expectAsked('Query', field, viewer, answer)) continue;
        const admins = operationFor('Query', field, 'ADMIN', given);
        note(transport, viewer, answer, await reference(admins));
      }
      await readNodes(transport, viewer);
      await expectOwn(transport, viewer);
    });

    // A subscription needs a stream.
    const onStreams = transport === 'HTTP' ? () => {} : test;
    onStreams('watches what its rules say, of its own rows', async () => {
      for (const field of Object.values(ROOT_TYPES.Subscription.getFields())) {
        const given = argumentsFor(world, field.name, viewer);
        const operation = operationFor('Subscription', field, viewer, given);
        const asked: [Operation, number][] = [[operation, 1]];
        const log = LOGS[field.name];
        if (log)
          asked.push([
            { ...operation, variables: { ...operation.variables, after: log.after } },
            log.messages,
          ]);
        for (const [one, count] of asked) {
          for (const message of await watch(transport, viewer, one, count)) {
            if (!expectAsked('Subscription', field, viewer, message)) continue;
            note(transport, viewer, message, undefined);
          }
        }
      }
      await expectOwn(transport, viewer);
    });
  });
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  describe.each(VIEWERS)('%s', (viewer) => {
    test('changes what its rules say, of its own rows, and is refused the rest', async () => {
      for (const field of Object.values(ROOT_TYPES.Mutation.getFields())) {
        const isAllowed = askersOf('Mutation', field.name)?.includes(viewer);
        const unique = `${field.name}-${viewer}-${transport}`;
        const prepare = PREPARE[field.name]!;
        const input = isAllowed
          ? await prepare(world, OWN[viewer] ?? '101', unique)
          : emptyInput(field);
        const answer = await mutate(transport, viewer, field, input);
        if (!expectAsked('Mutation', field, viewer, answer)) continue;
        const payload = `${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}Payload`;
        expect(answer.data).toMatchObject({ [field.name]: { __typename: payload } });
        noteChange(transport, viewer, answer);
      }
      for (const [mutation, input] of Object.entries(mistakesOf(viewer))) {
        const field = ROOT_TYPES.Mutation.getFields()[mutation]!;
        noteChange(transport, viewer, await mutate(transport, viewer, field, input));
      }
      await expectOwn(transport, viewer);
    });
  });

  test.each(VIEWERS)('%s met every type and field that its rules say, and no other', (viewer) => {
    const observed = met.get(`${transport} ${viewer}`) ?? new Map();
    const wrong: string[] = [];
    for (const [type, rule] of Object.entries(RULES)) {
      const isLive = LIVE_TYPES.includes(type);
      if (transport === 'HTTP' && isLive) continue;
      for (const [field, how] of fieldRulesOf(rule)) {
        const got: Set<Outcome> = observed.get(`${type}.${field}`) ?? new Set();
        const problem = findProblem(viewer, rule.meets.includes(viewer), how, got);
        if (problem) wrong.push(`${type}.${field} ${problem}: ${[...got]}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test.each([
  ['AFFILIATE', '102'],
  ['OTHER_AFFILIATE', '101'],
  ['IB', '101'],
  // A broker sees those below it and manages nothing for them.
  ['IB', '901'],
] as const)('%s changes nothing of %s, whatever the transport', async (viewer, owner) => {
  for (const field of Object.values(ROOT_TYPES.Mutation.getFields())) {
    const isOwners = askersOf('Mutation', field.name)?.includes(viewer);
    if (!isOwners || field.name === 'planReplay') continue;
    const prepare = PREPARE[field.name]!;
    const input = await prepare(world, owner, `${field.name}-${viewer}-on-${owner}`);
    for (const transport of TRANSPORTS) {
      const answer = await mutate(transport, viewer, field, input);
      expect([field.name, answer.errors, answer.data?.[field.name]]).toEqual([
        field.name,
        undefined,
        { __typename: 'NotFoundError', message: expect.any(String) },
      ]);
    }
  }
});

/** What a rule lets a viewer get for a field, and what of it must have come at least once. */
function findProblem(
  viewer: ViewerName,
  meets: boolean,
  rule: FieldRule,
  got: Set<Outcome>,
): string | null {
  if (rule === 'readers' && viewer === 'INTEGRATION') return got.size > 0 ? 'was shown' : null;
  if (!meets) return got.size > 0 ? 'was met' : null;
  if (got.size === 0) return 'was never met';
  if (rule === 'theirs') return got.has('masked') ? 'was masked' : null;
  const seesAll = viewer === 'ADMIN' || viewer === 'VIEWER';
  const isGranted = seesAll || viewer === 'OTHER_AFFILIATE' || viewer === 'INTEGRATION';
  const less: Record<string, Outcome[]> = {
    own: seesAll ? [] : ['partly', 'hidden'],
    visitors: isGranted ? [] : ['masked', 'hidden'],
    authors: seesAll ? [] : ['hidden'],
  };
  const allowed = new Set<Outcome>(['shown', 'empty', 'alone', ...(less[rule] ?? [])]);
  if ([...got].some((outcome) => !allowed.has(outcome))) return `is not "${rule}"`;
  if (got.size === 1 && got.has('alone')) return 'was never compared';
  const mustLack = rule !== 'own' && less[rule]?.length;
  const lacked = less[rule]?.some((outcome) => got.has(outcome));
  return mustLack && !lacked ? 'was never withheld' : null;
}

/** An operation for a root field with all there is below it. */
function operationFor(
  root: keyof typeof ROOTS,
  field: Field,
  viewer: ViewerName,
  given: Arguments,
): Operation {
  const type = getNamedType(field.type);
  const isAllowed = askersOf(root, field.name)?.includes(viewer);
  const selection = isAllowed ? selectionOf(type, viewer, root) : '__typename';
  const variables = Object.entries(given);
  const declared = variables.map(([name, { type }]) => `$${name}: ${type}`).join(', ');
  const args = [
    ...variables.map(([name]) => `${name}: $${name}`),
    ...(isPage(type) ? ['first: 8'] : []),
  ];
  return {
    query: `${root.toLowerCase()}${declared && `(${declared})`} {
      ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} { ${selection} } }`,
    variables: Object.fromEntries(variables.map(([name, { value }]) => [name, value])),
  };
}

function selectionOf(type: GraphQLNamedType, viewer: ViewerName, root: keyof typeof ROOTS): string {
  if (isPage(type)) return selectPage(schema, viewer, type, 1);
  // What mutations lead to is what queries read.
  return selectAll(schema, viewer, type, root === 'Mutation' ? 0 : 1);
}

function mutate(transport: Transport, viewer: ViewerName, field: Field, input: object) {
  const given = { input: { type: String(field.args[0]?.type), value: input } };
  return ask(transport, viewer, operationFor('Mutation', field, viewer, given));
}

async function ask(
  transport: Transport,
  viewer: ViewerName,
  operation: Operation,
): Promise<Answer> {
  const caller = { url: world.volley.url, key: world.keys[viewer] };
  return (await askOver(transport, caller, operation)) as Answer;
}

/** The ADMIN's answer, asked once. */
async function reference(operation: Operation): Promise<unknown> {
  const key = JSON.stringify(operation);
  if (!references.has(key)) {
    const { data } = await ask('HTTP', 'ADMIN', operation);
    register(registry, data);
    references.set(key, data);
  }
  return references.get(key);
}

/** The first messages of a stream. */
async function watch(
  transport: Transport,
  viewer: ViewerName,
  { query = '', variables }: Operation,
  count: number,
): Promise<Answer[]> {
  const url = `${world.volley.url}/graphql`;
  const key = world.keys[viewer];
  const credential: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  const client =
    transport === 'SSE'
      ? createSseClient({ url, headers: credential, retryAttempts: 0 })
      : createWsClient({
          url: url.replace('http', 'ws'),
          webSocketImpl: WebSocket,
          connectionParams: credential,
          retryAttempts: 0,
        });
  const messages: Answer[] = [];
  try {
    const stream = client.iterate({ query, variables: variables as never });
    for await (const message of stream as AsyncIterable<Answer>) {
      if (messages.push(message) === count) break;
    }
  } catch (errors) {
    // The client throws what came in an `error` message.
    if (!Array.isArray(errors)) throw errors;
    messages.push({ errors });
  } finally {
    await client.dispose();
  }
  return messages;
}

/** Checks that a root field answers whom it should and refuses everybody else; whether it answered. */
function expectAsked(
  root: keyof typeof ROOTS,
  { name }: Field,
  viewer: ViewerName,
  { data, errors }: Answer,
): boolean {
  if (askersOf(root, name)?.includes(viewer)) {
    expect([name, errors, data?.[name]]).toEqual([name, undefined, expect.anything()]);
    return true;
  }
  const code = viewer === 'ANONYMOUS' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
  expect([name, errors?.map(({ extensions }) => extensions?.code)]).toEqual([name, [code]]);
  expect(data?.[name] ?? null).toBeNull();
  return false;
}

const answers = new Map<string, unknown[]>();

/** What was changed is compared with nothing: it is not any more what the ADMIN read. */
function noteChange(transport: Transport, viewer: ViewerName, answer: Answer): void {
  note(transport, viewer, answer, undefined, new Map());
}

function note(
  transport: Transport,
  viewer: ViewerName,
  { data }: Answer,
  admins: unknown,
  rows = registry,
): void {
  const key = `${transport} ${viewer}`;
  const observed = met.get(key) ?? new Map();
  met.set(key, observed);
  for (const [name, value] of Object.entries(data ?? {})) {
    observe(observed, value, (admins as Answer['data'])?.[name], rows);
  }
  const kept = answers.get(key) ?? [];
  answers.set(key, kept);
  kept.push(data);
}

/** Whatever came so far holds rows of the viewer's own only, and nothing in words of others. */
async function expectOwn(transport: Transport, viewer: ViewerName): Promise<void> {
  const got = answers.get(`${transport} ${viewer}`) ?? [];
  const text = JSON.stringify(got);
  answers.delete(`${transport} ${viewer}`);
  const allowed = await rowsFor(world, viewer);
  if (viewer === 'ANONYMOUS') expect(got).toEqual([]);
  if (!allowed) return;
  const foreign = [...text.matchAll(/"id":"([^"]+)"/g)]
    .map(([, id = '']) => id)
    .filter((id) => !allowed.has(id))
    .map((id) => Buffer.from(id, 'base64').toString());
  expect(foreign).toEqual([]);
  const others = AFFIDS.filter((affid) => !SEES[viewer]?.includes(affid));
  expect(others.filter((affid) => text.includes(markOf(affid)))).toEqual([]);
  if (viewer === 'AFFILIATE' || viewer === 'IB') expect(text).not.toContain(PERSONAL);
}

/** A row of its own and one of somebody else of every kind, by id. */
async function readNodes(transport: Transport, viewer: ViewerName): Promise<void> {
  const allowed = await rowsFor(world, viewer);
  for (const type of NODES) {
    const table = type.replace(/(?<=[a-z])[A-Z]/, (letter) => `_${letter}`).toLowerCase();
    const rows = await world.volley.sql(`SELECT id FROM ${table} ORDER BY id`);
    const ids = rows.map(({ id }) => globalId(type, id));
    const own = ids.find((id) => allowed?.has(id) ?? true);
    const foreign = ids.find((id) => allowed && !allowed.has(id));
    const object = schema.getType(type)!;
    // Who cannot list meets everything from here; affiliates meet integrations from their events.
    const level = viewer === 'INTEGRATION' || type === 'Event' ? 1 : 0;
    const fields = (as: ViewerName) =>
      `__typename ... on ${type} { ${selectAll(schema, as, object, level)} }`;
    const query = (as: ViewerName) =>
      `query($own: ID!, $foreign: ID!) { own: node(id: $own) { ${fields(as)} } foreign: node(id: $foreign) { __typename } }`;
    const variables = { own: own ?? 'none', foreign: foreign ?? 'none' };
    const answer = await ask(transport, viewer, { query: query(viewer), variables });
    if (viewer === 'ANONYMOUS') {
      expect(answer.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
      continue;
    }
    expect([type, answer.errors, answer.data?.foreign]).toEqual([type, undefined, null]);
    const isShown = own !== undefined && mayLookUp(viewer, type);
    expect([type, answer.data?.own !== null]).toEqual([type, isShown]);
    note(transport, viewer, answer, await reference({ query: query('ADMIN'), variables }));
  }
  if (viewer !== 'INTEGRATION') return;
  const id = ownedBy(world, viewer).postbackId;
  const query = `query($id: ID!) { node(id: $id) { ... on Postback { destination { waiting } } } }`;
  const { errors } = await ask(transport, viewer, { query, variables: { id } });
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(errors?.[0]?.path?.at(-1)).toBe('waiting');
}

/** Whom `node` shows a row of a kind that it may meet elsewhere. */
function mayLookUp(viewer: ViewerName, type: string): boolean {
  if (type === 'ApiKey') return viewer === 'ADMIN';
  const isAffiliate = viewer in OWN;
  if (type === 'Integration') return !isAffiliate;
  if (viewer !== 'INTEGRATION') return true;
  return ['Campaign', 'Event', 'EventType', 'Offer', 'Postback'].includes(type);
}

/** Inputs that are refused as data: for the errors of the result unions. */
function mistakesOf(viewer: ViewerName): Record<string, object> {
  const { id: affiliateId, postbackId, clickId } = ownedBy(world, viewer);
  if (viewer === 'INTEGRATION') {
    const integrationId = world.ids.otherIntegration;
    return {
      recordEvent: { clickId, type: 'Sale', integrationId },
      recordClick: { entryUrl: 'nowhere' },
    };
  }
  if (viewer !== 'ADMIN' && !(viewer in OWN)) return {};
  return {
    createPixel: { affiliateId, url: 'nowhere', triggerEvent: 'Sale' },
    cancelPostback: { postbackId },
    pausePixel: { pixelId: 'none' },
  };
}

/** An input that is typed right and names nothing. */
function emptyInput(field: Field): object {
  const type = getNamedType(field.args[0]!.type);
  return isInputObjectType(type) ? emptyFields(type.getFields()) : {};
}

function emptyFields(fields: Record<string, { name: string; type: unknown }>): object {
  const required = Object.values(fields).filter(({ type }) => isNonNullType(type));
  return Object.fromEntries(required.map(({ name, type }) => [name, emptyValue(String(type))]));
}

function emptyValue(type: string): unknown {
  if (type.startsWith('[')) return [];
  const named = schema.getType(type.replace('!', ''));
  if (isInputObjectType(named)) return emptyFields(named.getFields());
  if (type === 'Role!') return 'VIEWER';
  return type === 'DateTime!' ? '2026-01-01T00:00:00Z' : '';
}
