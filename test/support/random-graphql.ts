import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** A whole number from 0 to below the limit. */
export type Random = (limit: number) => number;

/** The same numbers for the same seed (xorshift). */
export function createRandom(seed: number): Random {
  let state = seed | 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

export type RandomOperation = {
  query: string;
  variables: Record<string, unknown>;
  operationName?: string;
};

/** What is at the edge of one scalar or another: JSON carries all of it. */
const ODDITIES: unknown[] = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u202e',
    '%00',
    '%',
    "'; --",
    '$1',
    '{amount}',
  ],
  ...[
    '__proto__',
    'constructor',
    '1e400',
    '0x10',
    '-0',
    'NaN',
    'null',
    '١٢',
    'ﬀ',
    'x'.repeat(20_000),
  ],
  ...[0, -1, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e308, -1e-7, 0.1, true, false, null],
  ...[
    '2026-11-25T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '-271821-04-20T00:00:00Z',
    '+275760-09-13T00:00:00Z',
  ],
  ...['2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '2026-11-25T00:00:00+23:59', '1999'],
  ...[[], {}, [[[[[[]]]]]], [null], { a: 1 }],
  // As JSON has it: a property of that name.
  JSON.parse('{"__proto__":{"role":"ADMIN"},"constructor":{"prototype":{}}}'),
];
const TEXTS = ODDITIES.filter((it) => typeof it === 'string');
const DEEP = Array.from({ length: 500 }).reduce((inner) => [inner], 'deep' as unknown);
const NAMES = ['nothing', '__schema', '__type', '__proto__', 'constructor', 'toString', '_', 'ID'];
const DIRECTIVES = [
  '@include(if: true)',
  '@skip(if: false)',
  '@skip(if: "x")',
  '@nothing',
  '@deprecated',
];

/**
 * Writes operations from a schema: mostly valid ones, now and then with something wrong in them.
 * @param ids global ids of rows of every type, which are used for any type
 */
export function randomOperation(
  schema: GraphQLSchema,
  random: Random,
  ids: readonly string[],
): RandomOperation {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const fragments: string[] = [];
  const isRare = (one: number) => random(one) === 0;
  // Most documents have nothing wrong in themselves, so that what they carry gets to the resolvers.
  const isWild = isRare(3);
  const isWrong = (one: number) => isWild && isRare(one);
  const pick = <Item>(items: readonly Item[]) => items[random(items.length)] as Item;

  function selection(type: GraphQLNamedType, depth: number): string {
    if (isAbstractType(type)) {
      const member = pick(schema.getPossibleTypes(type));
      return `{ __typename ... on ${isWrong(30) ? 'Query' : member.name} ${selection(member, depth)} }`;
    }
    const fields = Object.values((type as GraphQLObjectType).getFields());
    const picked = new Set(Array.from({ length: 1 + random(4) }, () => pick(fields)));
    const chosen = [...picked].map((field) => fieldOf(field, depth));
    const list = ['__typename', ...chosen].join(' ');
    if (isRare(12)) {
      const name = `F${fragments.length}`;
      // Sometimes one that spreads itself.
      fragments.push(
        `fragment ${name} on ${type.name} { ${list} ${isWrong(4) ? `...${name}` : ''} }`,
      );
      return `{ ...${name} ...${name} }`;
    }
    return isRare(15) ? `{ ... ${directive()} { ${list} } }` : `{ ${list} }`;
  }

  function fieldOf(
    { name, args, type }: ReturnType<GraphQLObjectType['getFields']>[string],
    depth: number,
  ): string {
    const given = args.filter((arg) => isNonNullType(arg.type) || isRare(3)).map(argument);
    if (isWrong(40)) given.push(`${pick(NAMES)}: 1`);
    const called = isWrong(40) ? pick(NAMES) : name;
    const alias = isRare(10) ? `${isWrong(2) ? pick(NAMES) : `a${random(1e6)}`}: ` : '';
    const text = `${alias}${called}${given.length > 0 ? `(${given.join(', ')})` : ''}`;
    const marked = isRare(25) ? ` ${directive()}` : '';
    const named = getNamedType(type);
    if (isLeafType(named)) return `${text}${marked}${isWrong(60) ? ' { id }' : ''}`;
    if (depth <= 0) return `${text}${marked} { __typename }`;
    return `${text}${marked} ${selection(named, depth - 1)}`;
  }

  function directive(): string {
    return isWild ? pick(DIRECTIVES) : (DIRECTIVES[random(2)] as string);
  }

  function argument({ name, type }: GraphQLArgument): string {
    if (isRare(4)) return `${name}: ${literal(valueFor(type, 0), type)}`;
    const variable = `v${declared.length}`;
    declared.push(`$${variable}: ${isWrong(30) ? 'String' : type}`);
    if (!isWrong(15)) variables[variable] = valueFor(type, 0);
    return `${name}: $${variable}`;
  }

  function valueFor(type: GraphQLInputType, depth: number): unknown {
    if (isWrong(12)) return isRare(8) ? DEEP : pick(ODDITIES);
    if (isNonNullType(type)) return valueFor(type.ofType, depth);
    if (isListType(type)) {
      const length = isRare(10) ? 1_000 : random(4);
      const item = valueFor(type.ofType, depth + 1);
      return Array.from({ length }, () => (length > 4 ? item : valueFor(type.ofType, depth + 1)));
    }
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (!isInputObjectType(type)) return scalar(type.name);
    const fields = Object.values(type.getFields());
    const chosen = fields.filter((field) => isNonNullType(field.type) || isRare(depth > 2 ? 9 : 3));
    return Object.fromEntries(chosen.map((field) => [field.name, valueFor(field.type, depth + 1)]));
  }

  function scalar(name: string): unknown {
    const isText = name === 'String' || name === 'ID';
    if (isText && isRare(12)) return pick(TEXTS);
    if (name === 'ID') return pick(ids);
    if (name === 'Int') return pick([1, 5, 20, 100, random(1_000) - 500]);
    if (name === 'Boolean') return isRare(2);
    if (name === 'DateTime') return new Date(1_780_000_000_000 + random(2 ** 31)).toISOString();
    return pick([
      'FirstDeposit',
      '101',
      '2001',
      'https://affiliate.example/?a={amount}',
      'USD',
      '50',
    ]);
  }

  function literal(value: unknown, type: GraphQLInputType): string {
    const named = getNamedType(type);
    if (Array.isArray(value)) {
      const items = value.slice(0, 20).map((item) => literal(item, type));
      return `[${items.join(', ')}]`;
    }
    if (value !== null && typeof value === 'object') {
      const fields = Object.entries(value).map(([name, item]) => `${name}: ${literal(item, type)}`);
      return `{ ${fields.join(', ')} }`;
    }
    const isBare = isEnumType(named) && typeof value === 'string' && /^\w+$/.test(value);
    return isBare ? value : JSON.stringify(value);
  }

  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const [query, mutation, subscription] = roots.filter(isObjectType);
  const root = pick([query, query, query, query, mutation, mutation, mutation, subscription])!;
  const body = selection(root, 1 + random(isRare(10) ? 14 : 5));
  const name = isRare(10) ? 'Named' : '';
  const head = `${root.name.toLowerCase()} ${name}${declared.length > 0 ? `(${declared.join(', ')})` : ''}`;
  const text = [`${head} ${body}`, ...fragments].join('\n');
  const operation: RandomOperation = { query: isWrong(8) ? spoil(text, random) : text, variables };
  if (isWrong(6)) operation.operationName = pick(['Named', 'Other', '', '__proto__']);
  return operation;
}

/** The same text with a few characters of it changed, taken away or doubled. */
export function spoil(text: string, random: Random): string {
  let spoilt = text;
  for (let times = 1 + random(4); times > 0; times -= 1) {
    const at = random(spoilt.length + 1);
    const piece = ['', '{', '}', '"', '"""', '$', '@', '...', '\0', '\ud800', '#', '(', '!', '|'][
      random(14)
    ];
    spoilt = `${spoilt.slice(0, at)}${piece}${spoilt.slice(at + random(3))}`;
  }
  return spoilt;
}
