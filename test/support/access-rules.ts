/** Affiliates 101 and 102 (which alone may see visitor data), and the broker 900 with 901 below it. */
export const VIEWERS = [
  ...(['ANONYMOUS', 'INTEGRATION', 'AFFILIATE', 'OTHER_AFFILIATE', 'IB'] as const),
  ...(['VIEWER', 'ADMIN'] as const),
] as const;
export type ViewerName = (typeof VIEWERS)[number];

const ADMINS: ViewerName[] = ['ADMIN'];
const OWNERS: ViewerName[] = ['AFFILIATE', 'OTHER_AFFILIATE', 'IB', 'ADMIN'];
const READERS: ViewerName[] = [...OWNERS, 'VIEWER'];
const KEYS: ViewerName[] = [...READERS, 'INTEGRATION'];
const LISTERS: ViewerName[] = ['INTEGRATION', 'VIEWER', 'ADMIN'];
const REPORTERS: ViewerName[] = ['INTEGRATION', 'ADMIN'];
const WRITERS: ViewerName[] = [...OWNERS, 'INTEGRATION'];

/**
 * How a viewer sees a field of an object that it meets:
 * - `seen`: as an ADMIN sees it
 * - `own`: the same, without what belongs to others: shorter lists, or null
 * - `theirs`: of its own making, nothing to compare it with
 * - `visitors`: as an ADMIN, or null and `***` without the permission VISITOR_DATA
 * - `authors`: as an ADMIN, or null for who wrote it is somebody else
 * - `readers`: as an ADMIN, and FORBIDDEN for who may not read reports
 */
export type FieldRule = 'seen' | 'own' | 'theirs' | 'visitors' | 'authors' | 'readers';

/** Who meets objects of a type at all, and its fields by rule. */
export type TypeRule = { meets: ViewerName[] } & Partial<Record<FieldRule, string>>;

/** Who may ask which root field; everybody else is refused at top level. */
export const ROOTS: Record<'Query' | 'Mutation' | 'Subscription', [ViewerName[], string][]> = {
  Query: [
    [KEYS, 'eventTypes node placeholders viewer'],
    [LISTERS, 'integrations'],
    [ADMINS, 'apiKeys auditLog'],
    [
      READERS,
      `affclickidGroups affiliate affiliates campaign campaigns click clicks convertTemplate destinations events jobs
       offers pixels postbackStats postbacks previewPostback shadowRun trackingLinks`,
    ],
  ],
  Mutation: [
    [REPORTERS, 'recordClick recordEvent recordEvents'],
    [
      OWNERS,
      `cancelJob cancelPostback createEchoReceiver createPixel createTrackingLink deleteEchoReceiver deletePixel pausePixel planBackfill planReplay
       replayPostback resumeDestination resumePixel rotatePixelSecret startJob testPixel updatePixel`,
    ],
    [
      ADMINS,
      `approvePixel createAffiliate createApiKey createCampaign createEventType createIntegration createOffer rejectPixel
       revokeApiKey rotateApiKey updateAffiliate updateCampaign updateIntegration updateOffer`,
    ],
  ],
  Subscription: [
    [
      READERS,
      'clickRecorded destinationChanged echoReceived eventRecorded jobProgress postbackFired postbackStatsChanged',
    ],
  ],
};

/** What each mutation answers; who meets it is who may ask. */
const PAYLOADS: Record<string, string> = {
  ...each('approve reject update pause resume delete', (verb) => [`${verb}Pixel`, 'pixel']),
  ...each('create update', (verb) => [`${verb}Affiliate`, 'affiliate']),
  ...each('create update', (verb) => [`${verb}Campaign`, 'campaign']),
  ...each('create update', (verb) => [`${verb}Integration`, 'integration']),
  ...each('create update', (verb) => [`${verb}Offer`, 'offer']),
  ...each('create rotate', (verb) => [`${verb}ApiKey`, 'apiKey secret']),
  ...each('cancel replay', (verb) => [`${verb}Postback`, 'postback']),
  ...each('cancel start', (verb) => [`${verb}Job`, 'job']),
  ...each('planBackfill planReplay', (name) => [name, 'job']),
  createEchoReceiver: 'echoReceiver',
  createEventType: 'eventType',
  createPixel: 'pixel secret',
  createTrackingLink: 'trackingLink',
  deleteEchoReceiver: 'affiliate',
  recordClick: 'click',
  recordEvent: 'duplicate event postbacks',
  recordEvents: 'results',
  resumeDestination: 'destination',
  revokeApiKey: 'apiKey',
  rotatePixelSecret: 'pixel secret',
  testPixel: 'postback',
  updatePixel: 'pixel secret',
};

/** Lists: who meets a page of them, and who one with something in it. */
const PAGES: Record<string, [ViewerName[], ViewerName[]]> = {
  ...each('AffclickidGroup Affiliate Campaign Click EchoCall Event Job Offer', (of) => [
    of,
    both(READERS),
  ]),
  ...each('ApiKey Audit', (of) => [of, both(ADMINS)]),
  ...each('EventType PixelVersion Postback PostbackAttempt', (of) => [of, both(KEYS)]),
  ...each('Destination Pixel TrackingLink', (of) => [of, [KEYS, READERS]]),
  Integration: both(LISTERS),
};

/** Every object type of the schema and every field of it. What is not here fails the matrix. */
export const RULES: Record<string, TypeRule> = {
  AffclickidGroup: {
    meets: READERS,
    theirs: 'affclickid affiliate clicks events firstClickAt lastClickAt postbacks',
  },
  Affiliate: {
    meets: KEYS,
    seen: 'affid createdAt id kind name permissions pixelsNeedApproval status',
    own: 'destinations parent pixels trackingLinks',
    readers: 'echoReceiver',
  },
  ApiKey: {
    meets: ADMINS,
    seen: `affiliate createdAt expiresAt id integration isValid lastFour name persistedOnly replacedBy revokedAt
      role`,
    theirs: 'lastUsedAt',
  },
  AuditActor: { meets: ADMINS, seen: 'affiliate keyId name role subject' },
  AuditChange: { meets: ADMINS, seen: 'after before field' },
  AuditEntry: {
    meets: ADMINS,
    seen: 'actor address at changes objectId objectType operation requestId',
  },
  Campaign: { meets: KEYS, seen: 'code createdAt id landingUrl name offer status' },
  Click: {
    meets: KEYS,
    seen: `affclickid affiliate campaign clickId createdAt entryUrl id isBot parameters referrer warnings`,
  },
  ClickRecorded: { meets: READERS, theirs: 'click cursor gap' },
  ConflictError: { meets: OWNERS, theirs: 'message' },
  Decision: { meets: READERS, seen: 'fires pixel postback reason' },
  Destination: {
    meets: KEYS,
    seen: `affiliate breaker changedAt createdAt held heldAt heldReason id lastFailure nextProbeAt origin trips`,
    readers: 'waiting',
  },
  EchoCall: {
    meets: READERS,
    seen: 'address body bodyBytes bodyCut headers headersCut id method path query receivedAt status',
  },
  EchoHeader: { meets: READERS, seen: 'name value' },
  EchoReceived: { meets: READERS, theirs: 'call cursor gap' },
  EchoReceiver: { meets: READERS, seen: 'affiliate calls createdAt id url' },
  Event: {
    meets: KEYS,
    seen: `amount click clickId currency id integration occurredAt payout payoutCurrency previousStatus receivedAt revision
           status test transactionId type unattributed`,
    own: 'decisions postbacks',
    visitors: 'customerId',
  },
  EventRecorded: { meets: READERS, theirs: 'cursor event gap' },
  EventType: { meets: KEYS, seen: 'code createdAt id name' },
  Gap: { meets: READERS, theirs: 'from to' },
  InputIssue: { meets: KEYS, theirs: 'message path' },
  Integration: { meets: KEYS, seen: 'createdAt delaySeconds id name' },
  InvalidInputError: { meets: WRITERS, theirs: 'issues message' },
  Job: {
    meets: READERS,
    seen: `affiliate created createdAt exact finishedAt id kind message pixel plannedSkips processed skipped startedAt status
           total wouldCreate`,
    own: 'postbacks',
  },
  NotFoundError: { meets: WRITERS, theirs: 'message' },
  Offer: { meets: KEYS, seen: 'code createdAt id name' },
  PageInfo: { meets: KEYS, theirs: 'endCursor hasNextPage hasPreviousPage startCursor' },
  Parameter: { meets: KEYS, seen: 'name value' },
  Pixel: {
    meets: KEYS,
    seen: `affiliate body campaigns createdAt destination exampleUrl id includeSubPartners maxAttempts maxClickAgeSeconds
           maxPerSecond method rejection required scope signed status statuses triggerEvent unresolved updatedAt url version
           versions warnings`,
  },
  PixelAuthor: { meets: KEYS, seen: 'role', authors: 'name' },
  PixelChange: { meets: KEYS, seen: 'after before field' },
  PixelVersion: {
    meets: KEYS,
    seen: `approved author body changes createdAt method required signed unresolved url version`,
  },
  Placeholder: { meets: KEYS, seen: 'aliases description name sample source' },
  PlaceholderValue: { meets: KEYS, seen: 'name source', visitors: 'encoded raw' },
  Postback: {
    meets: KEYS,
    seen: `affiliate attempts campaign clickId createdAt destination dueAt entryUrl event finishedAt firedAt id lastAttempt
           contentType lastStatusCode latency nextAttemptAt pixel reason replayOf status test unresolved url values`,
    visitors: 'body finalUrl',
  },
  PostbackAttempt: {
    meets: KEYS,
    seen: 'durationMs errorKind message number responseBody startedAt statusCode superseded',
    visitors: 'finalUrl',
  },
  PostbackCounts: { meets: READERS, theirs: 'byStatus byStatusCode total' },
  PostbackFired: { meets: READERS, theirs: 'attempt cursor gap postback' },
  PostbackLatency: { meets: KEYS, seen: 'doneMs firstTryMs heldMs receivedMs' },
  PostbackPreview: {
    meets: READERS,
    theirs: 'body click contentType finalUrl issues skipReason unresolved url values warnings',
  },
  PostbackStats: { meets: READERS, theirs: 'buckets byStatus byStatusCode total' },
  PostbackStatsBucket: { meets: READERS, theirs: 'byStatus from total' },
  RateLimit: {
    meets: KEYS.filter((viewer) => viewer !== 'ADMIN'),
    theirs: 'limit remaining resetAt',
  },
  ShadowChange: { meets: READERS, theirs: 'after before part' },
  ShadowRendering: { meets: READERS, theirs: 'body finalUrl skipReason unresolved' },
  ShadowResult: { meets: READERS, theirs: 'after before changed changes clickId event' },
  ShadowRun: { meets: READERS, theirs: 'changed compared issues results warnings' },
  SkipCount: { meets: READERS, seen: 'count reason' },
  StatusCodeCount: { meets: READERS, theirs: 'count statusCode' },
  StatusCount: { meets: READERS, theirs: 'count status' },
  TemplateChange: { meets: READERS, seen: 'from note position to' },
  TemplateConversion: {
    meets: READERS,
    seen: 'changes dialect unsupported url',
    theirs: 'warnings',
  },
  TrackingLink: {
    meets: READERS,
    seen: 'affiliate campaign createdAt entryUrl id parameters warnings',
  },
  UnsupportedMacro: { meets: READERS, seen: 'note position token' },
  Viewer: { meets: KEYS, theirs: 'affiliate expiresAt integration name rateLimit role subject' },
  ...pageRules(),
  ...payloadRules(),
};

/** The one that a rule of a root field names; undefined for a field that nobody entered. */
export function askersOf(type: string, field: string): ViewerName[] | undefined {
  const rules = ROOTS[type as keyof typeof ROOTS];
  return rules.find(([, fields]) => wordsOf(fields).includes(field))?.[0];
}

/** Each field of a type with its rule, as written above. */
export function fieldRulesOf({ meets: _, ...rules }: TypeRule): [string, FieldRule][] {
  return (Object.entries(rules) as [FieldRule, string][]).flatMap(([rule, fields]) =>
    wordsOf(fields).map((field): [string, FieldRule] => [field, rule]),
  );
}

export function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

function pageRules(): Record<string, TypeRule> {
  return Object.fromEntries(
    Object.entries(PAGES).flatMap(([of, [pages, edges]]) => [
      [`${of}Connection`, { meets: pages, own: 'edges nodes', seen: 'pageInfo' }],
      [`${of}Edge`, { meets: edges, theirs: 'cursor node' }],
    ]),
  );
}

function payloadRules(): Record<string, TypeRule> {
  return Object.fromEntries(
    Object.entries(PAYLOADS).map(([mutation, theirs]) => [
      `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`,
      { meets: askersOf('Mutation', mutation) ?? [], theirs },
    ]),
  );
}

function each<Value>(words: string, entry: (word: string) => [string, Value]) {
  return Object.fromEntries(wordsOf(words).map(entry)) as Record<string, Value>;
}

function both(viewers: ViewerName[]): [ViewerName[], ViewerName[]] {
  return [viewers, viewers];
}
