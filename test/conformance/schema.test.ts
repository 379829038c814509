import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import { describe, expect, test } from 'vitest';

const sdl = readFileSync('schema.graphql', 'utf8');
const schema = buildSchema(sdl);
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

/** What outside code relies on: these names and types stand; everything may grow. */
const CONTRACT = `
type Query {
  viewer: Viewer!
  node(id: ID!): Node
  affiliate(affid: String!): Affiliate
  campaign(code: String!): Campaign
  click(clickId: String!): Click
  affiliates(first: Int, after: String, where: AffiliateFilter): AffiliateConnection!
  pixels(first: Int, after: String, where: PixelFilter): PixelConnection!
  clicks(first: Int, after: String, where: ClickFilter): ClickConnection!
  events(first: Int, after: String, where: EventFilter): EventConnection!
  postbacks(first: Int, after: String, where: PostbackFilter, orderBy: PostbackOrder): PostbackConnection!
  postbackStats(where: PostbackFilter, bucket: StatsBucket, timeZone: String): PostbackStats!
  previewPostback(input: PreviewPostbackInput!): PostbackPreview!
  placeholders: [Placeholder!]!
}
type Subscription { postbackFired(where: PostbackFilter, after: String): PostbackFired! }
input PostbackFilter {
  affiliateIds: [ID!] campaignIds: [ID!] pixelIds: [ID!] eventTypes: [String!] status: [PostbackStatus!]
  clickId: String finalUrlContains: String test: Boolean from: DateTime to: DateTime
}
type Affiliate implements Node {
  id: ID! affid: String! name: String! kind: AffiliateKind! status: ActiveStatus! parent: Affiliate
  pixels(first: Int, after: String): PixelConnection! trackingLinks(first: Int, after: String): TrackingLinkConnection!
}
type TrackingLink implements Node { id: ID! entryUrl: String! parameters: [Parameter!]! affiliate: Affiliate! campaign: Campaign! }
type Parameter { name: String! value: String! }
type Campaign implements Node { id: ID! code: String! name: String! offer: Offer! landingUrl: String! }
type Click implements Node {
  id: ID! clickId: String! affiliate: Affiliate! campaign: Campaign! entryUrl: String! parameters: [Parameter!]!
  warnings: [String!]! createdAt: DateTime!
}
type Event implements Node {
  id: ID! type: String! status: EventStatus! revision: Int! amount: Decimal currency: String transactionId: String
  clickId: String click: Click integration: Integration! receivedAt: DateTime! occurredAt: DateTime!
  postbacks(first: Int, after: String): PostbackConnection! decisions: [Decision!]! unattributed: UnattributedReason
}
type Integration implements Node { id: ID! name: String! delaySeconds: Int! }
type Pixel implements Node {
  id: ID! affiliate: Affiliate! url: String! triggerEvent: String! scope: PixelScope! campaigns: [Campaign!]!
  statuses: [EventStatus!]! unresolved: UnresolvedPolicy! status: PixelStatus! version: Int! warnings: [String!]! exampleUrl: String!
}
type PostbackFired { cursor: String! gap: Gap postback: Postback attempt: PostbackAttempt }
type Postback implements Node {
  id: ID! status: PostbackStatus! reason: String affiliate: Affiliate! campaign: Campaign pixel: Pixel! event: Event!
  clickId: String entryUrl: String url: String! finalUrl: String unresolved: [String!]!
  dueAt: DateTime! firedAt: DateTime nextAttemptAt: DateTime
  attempts(first: Int, after: String): PostbackAttemptConnection! lastAttempt: PostbackAttempt
  values: [PlaceholderValue!]! replayOf: Postback test: Boolean!
}
type PostbackAttempt {
  number: Int! startedAt: DateTime! durationMs: Int! finalUrl: String! statusCode: Int errorKind: String message: String
  responseBody: String superseded: Boolean!
}
type PlaceholderValue { name: String! source: PlaceholderSource raw: String encoded: String! }
type InputIssue { path: [String!]! message: String! }
interface Error { message: String! }
type InvalidInputError implements Error { message: String! issues: [InputIssue!]! }
type NotFoundError implements Error { message: String! }
type ConflictError implements Error { message: String! }
interface Node { id: ID! }
enum PostbackStatus { SCHEDULED HELD RETRYING DELIVERED FAILED SKIPPED CANCELLED }
enum PixelStatus { ACTIVE PAUSED PENDING_APPROVAL DELETED }
enum PixelScope { ALL_CAMPAIGNS SPECIFIC_CAMPAIGNS }
enum UnresolvedPolicy { EMPTY OMIT_PARAM SKIP LITERAL }
enum EventStatus { PENDING APPROVED REJECTED REVERSED }
enum StatsBucket { MINUTE HOUR DAY MONTH }
enum TemplateChoice { ORIGINAL CURRENT }
enum AffiliateKind { AFFILIATE IB }
enum ActiveStatus { ACTIVE }
enum Role { ADMIN VIEWER INTEGRATION AFFILIATE }
input AffiliateFilter { kind: AffiliateKind }
input PixelFilter { affiliateIds: [ID!] }
input ClickFilter { affiliateIds: [ID!] }
input EventFilter { affiliateIds: [ID!] }
input PostbackOrder { direction: OrderDirection! }
enum OrderDirection { ASC DESC }
input PreviewPostbackInput { url: String }
type PixelConnection { nodes: [Pixel!]! edges: [PixelEdge!]! pageInfo: PageInfo! }
type PixelEdge { cursor: String! node: Pixel! }
type AffiliateConnection { nodes: [Affiliate!]! pageInfo: PageInfo! }
type ClickConnection { nodes: [Click!]! pageInfo: PageInfo! }
type EventConnection { nodes: [Event!]! pageInfo: PageInfo! }
type PostbackConnection { nodes: [Postback!]! pageInfo: PageInfo! }
type PostbackAttemptConnection { nodes: [PostbackAttempt!]! pageInfo: PageInfo! }
type TrackingLinkConnection { nodes: [TrackingLink!]! pageInfo: PageInfo! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type PostbackStats { total: Int! }
type PostbackPreview { finalUrl: String }
type Placeholder { name: String! aliases: [String!]! sample: String! }
type Decision { pixel: Pixel! fires: Boolean! reason: String }
type Viewer { role: Role! }
type Offer implements Node { id: ID! code: String! name: String! }
type Gap { from: String! }
enum UnattributedReason { CLICK_UNKNOWN }
enum PlaceholderSource { EVENT }
scalar DateTime
scalar Decimal`;

/** Every mutation: the fields of its input, those in capitals required; what its payload holds. */
const MUTATIONS: Record<string, [input: string, payload: string]> = {
  createAffiliate: ['affid! name! kind parentId', 'affiliate: Affiliate!'],
  createOffer: ['code! name!', 'offer: Offer!'],
  createCampaign: ['code! name! offerId! landingUrl!', 'campaign: Campaign!'],
  createIntegration: ['name! delaySeconds', 'integration: Integration!'],
  createEventType: ['code! name!', 'eventType: EventType!'],
  createTrackingLink: ['affiliateId! campaignId! parameters', 'trackingLink: TrackingLink!'],
  createPixel: [
    'affiliateId! url! triggerEvent! scope campaignIds statuses unresolved required method body maxClickAgeSeconds includeSubPartners maxAttempts maxPerSecond signed',
    'pixel: Pixel!',
  ],
  updatePixel: [
    'pixelId! url triggerEvent scope campaignIds statuses unresolved required method body maxClickAgeSeconds includeSubPartners maxAttempts maxPerSecond signed',
    'pixel: Pixel!',
  ],
  pausePixel: ['pixelId!', 'pixel: Pixel!'],
  resumePixel: ['pixelId!', 'pixel: Pixel!'],
  deletePixel: ['pixelId!', 'pixel: Pixel!'],
  testPixel: ['pixelId! clickId', 'postback: Postback!'],
  recordClick: ['entryUrl!', 'click: Click!'],
  recordEvent: [
    'clickId! type! amount currency transactionId status occurredAt integrationId',
    'event: Event! postbacks: [Postback!]! duplicate: Boolean!',
  ],
  recordEvents: ['events!', 'results: [RecordEventResult!]!'],
  replayPostback: ['postbackId! template', 'postback: Postback!'],
  cancelPostback: ['postbackId!', 'postback: Postback!'],
  createApiKey: [
    'name! role! affiliateId integrationId expiresAt',
    'apiKey: ApiKey! secret: String!',
  ],
  rotateApiKey: ['apiKeyId!', 'apiKey: ApiKey! secret: String!'],
  revokeApiKey: ['apiKeyId!', 'apiKey: ApiKey!'],
};

/** A schema as lines such as `Query.node(id: ID!): Node`, one for everything a client can name. */
function linesOf(named: GraphQLNamedType): string[] {
  if (isEnumType(named)) return named.getValues().map((value) => `${named.name}.${value.name}`);
  if (isInputObjectType(named)) {
    return Object.values(named.getFields()).map((it) => `${named.name}.${it.name}: ${it.type}`);
  }
  if (!isObjectType(named) && !isInterfaceType(named)) return [named.name];
  const fields = Object.values(named.getFields()).flatMap((field) => [
    `${named.name}.${field.name}: ${field.type}`,
    ...field.args.map((arg) => `${named.name}.${field.name}(${arg.name}: ${arg.type})`),
  ]);
  return [...fields, ...named.getInterfaces().map((it) => `${named.name} implements ${it.name}`)];
}

describe('the contract', () => {
  test('every promised name is there with its type and nullability', () => {
    const promised = buildSchema(`${CONTRACT} type ApiKey { id: ID! } type EventType { id: ID! }`);
    const lines = new Set(types.flatMap(linesOf));
    const missing = Object.values(promised.getTypeMap())
      .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
      .flatMap(linesOf)
      .filter((line) => !lines.has(line));
    expect(missing).toEqual([]);
  });

  test.each(Object.entries(MUTATIONS))(
    '%s takes one input and answers one result',
    (name, [input, payload]) => {
      const Name = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      const field = schema.getMutationType()?.getFields()[name];
      expect(field?.args.map((arg) => `${arg.name}: ${arg.type}`)).toEqual([
        `input: ${Name}Input!`,
      ]);
      expect(String(field?.type)).toBe(`${Name}Result!`);

      const given = schema.getType(`${Name}Input`);
      const fields = isInputObjectType(given) ? Object.values(given.getFields()) : [];
      const names = fields.map((it) => `${it.name}${isNonNullType(it.type) ? '!' : ''}`);
      expect(names).toEqual(expect.arrayContaining(input.split(' ')));
      const lines = new Set(linesOf(schema.getType(`${Name}Payload`) as GraphQLNamedType));
      const promised = payload.match(/\w+: \S+/g)?.map((line) => `${Name}Payload.${line}`) ?? [];
      expect(promised.filter((line) => !lines.has(line))).toEqual([]);
    },
  );

  test('every result union holds its payload and the three errors', () => {
    const unions = types.filter(isUnionType);
    expect(unions.length).toBe(Object.keys(schema.getMutationType()?.getFields() ?? {}).length);
    for (const union of unions) {
      const payload = union.name.replace('Result', 'Payload');
      const members = union.getTypes().map((type) => type.name);
      const errors = ['ConflictError', 'InvalidInputError', 'NotFoundError'];
      expect(members).toEqual(expect.arrayContaining([payload, ...errors]));
      for (const type of union.getTypes()) {
        const isError = type.getInterfaces().some(({ name }) => name === 'Error');
        expect([type.name, isError]).toEqual([type.name, type.name !== payload]);
      }
    }
  });
});

/** Fields that say all by their name and the description of their type. */
const SELF_EVIDENT = new Set(
  'id name kind status role method scope edges nodes node pageInfo cursor value issues'.split(' '),
);

/** Values that the description of their enum explains. */
const PLAIN_ENUMS = new Set(['HttpMethod', 'OrderDirection', 'StatsBucket']);

describe('descriptions', () => {
  test('every type has one', () => {
    expect(types.filter((type) => !type.description).map((type) => type.name)).toEqual([]);
  });

  test('every field and value has one, but those on the short list', () => {
    const bare = types.flatMap((type) => {
      if (isEnumType(type)) {
        const values = PLAIN_ENUMS.has(type.name) ? [] : type.getValues();
        return values.filter((it) => !it.description).map((it) => `${type.name}.${it.name}`);
      }
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [];
      const isPage = type.name === 'PageInfo';
      return Object.values(type.getFields())
        .filter((field) => !isPage && !field.description && !SELF_EVIDENT.has(field.name))
        .filter((field) => !isNamedAfter(field.name, String(getNamedType(field.type))))
        .map((field) => `${type.name}.${field.name}`);
    });
    expect(bare).toEqual([]);
  });

  /** `pixel: Pixel!` of a payload says all, and so does the `pixelId` of an input. */
  function isNamedAfter(field: string, type: string): boolean {
    const noun = field.replace(/Ids?$/, '');
    const Noun = `${noun.charAt(0).toUpperCase()}${noun.slice(1)}`;
    return type === Noun || (noun !== field && schema.getType(Noun) !== undefined);
  }
});

describe('conventions', () => {
  test('names have the usual letter case and no get, list or abbreviation before them', () => {
    for (const type of types) {
      expect(type.name).toMatch(/^[A-Z][A-Za-z0-9]*$/);
      if (isEnumType(type)) {
        for (const { name } of type.getValues()) expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      } else if (isObjectType(type) || isInputObjectType(type)) {
        for (const field of Object.keys(type.getFields())) {
          expect(field).toMatch(/^[a-z][A-Za-z0-9]*$/);
          expect(field).not.toMatch(/^(get|list|fetch)[A-Z]/);
        }
      }
    }
  });

  test('times end in At, or are the ends of a range', () => {
    const fields = types.flatMap((type) =>
      isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [],
    );
    const times = fields.filter((field) => String(getNamedType(field.type)) === 'DateTime');
    expect(times.filter(({ name }) => !/At$|^at$|^from$|^to$/.test(name))).toEqual([]);
  });

  test('lists hold no nulls, and lists and booleans of objects are never null', () => {
    const fields = types.flatMap((type) =>
      isObjectType(type)
        ? Object.values(type.getFields()).map(
            (field) => `${type.name}.${field.name}: ${field.type}`,
          )
        : [],
    );
    expect(fields.filter((line) => /\[[^\]]*[^!]\]|\]$|: Boolean$/.test(line))).toEqual([]);
  });

  test('whatever grows is read in pages', () => {
    const pages = types.filter(({ name }) =>
      /(Affiliate|Click|Event|Pixel|Postback|Attempt|Link)Connection$/.test(name),
    );
    expect(pages.map(({ name }) => name).sort()).toEqual([
      'AffiliateConnection',
      'ClickConnection',
      'EventConnection',
      'PixelConnection',
      'PostbackAttemptConnection',
      'PostbackConnection',
      'TrackingLinkConnection',
    ]);
  });
});
