import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseRateLimits, type RateLimits } from './access/rate-limits.ts';
import {
  findTokenProblems,
  JWKS_ALGORITHMS,
  MIN_SECRET_BYTES,
  parseJwksSource,
  type TokenConfig,
} from './access/token-config.ts';
import { LOCAL_ORIGINS, type Origins, parseOrigins } from './http/origins.ts';
import { type Manifest, readManifest } from './http/persisted-manifest.ts';
import { StartError, toError } from './platform/failure.ts';
import { type FaultPoint, parseFaultPoint } from './platform/fault-point.ts';
import { type Networks, parseNetworks } from './platform/networks.ts';
import { parseSealKeys, type SealKey } from './platform/seal.ts';
import type { AllowTargets } from './postbacks/address-policy.ts';

const env = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(
      /^(rediss?|redis\+cluster):\/\//,
      'must start with redis://, rediss:// or redis+cluster://',
    )
    .optional(),
  VOLLEY_ENV: z.enum(['development', 'production']).default('development'),
  VOLLEY_ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  VOLLEY_DATA_DIR: z.string().min(1).default('.volley'),
  VOLLEY_ADMIN_KEY: z.string().min(16, 'must have 16 characters or more').optional(),
  VOLLEY_JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES, {
      error: `must have ${MIN_SECRET_BYTES} bytes or more`,
    })
    .optional(),
  VOLLEY_JWT_JWKS: read(parseJwksSource, z.string()).optional(),
  VOLLEY_JWT_ALG: z.enum(JWKS_ALGORITHMS).default('RS256'),
  VOLLEY_JWT_ISSUER: z.string().default(''),
  VOLLEY_JWT_AUDIENCE: z.string().default(''),
  VOLLEY_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  VOLLEY_ALLOW_TARGETS: networks(),
  VOLLEY_GEO_DATABASE: z.string().min(1).optional(),
  VOLLEY_CORS_ORIGINS: read(parseOrigins, z.string()).optional(),
  VOLLEY_TRUSTED_PROXIES: networks(),
  VOLLEY_FORWARDED_HEADER: z.enum(['x-forwarded-for', 'forwarded']).default('x-forwarded-for'),
  VOLLEY_ENCRYPTION_KEYS: read(parseSealKeys, z.string()).optional(),
  VOLLEY_PERSISTED_OPERATIONS: read(readManifest, z.string()).optional(),
  VOLLEY_PERSISTED_ONLY: z.enum(['0', '1']).default('0'),
  VOLLEY_RATE_LIMITS: read(parseRateLimits, z.string().default('')),
  VOLLEY_DEADLINE_SECONDS: z.coerce.number().min(0.1).max(60).default(10),
  VOLLEY_LEASE_SECONDS: z.coerce.number().min(1).max(600).default(20),
  VOLLEY_FAULT_AT: read(parseFaultPoint, z.string()).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

function networks() {
  return read(parseNetworks, z.string().default(''));
}

/** A value that a reader of its own makes, which throws with what is wrong. */
function read<Value>(reader: (text: string) => Value, from: z.ZodType<string>) {
  return from.transform((text, context) => {
    try {
      return reader(text);
    } catch (refused) {
      context.addIssue({ code: 'custom', message: toError(refused).message });
      return z.NEVER;
    }
  });
}

/** A living worker renews a lease before it ends; one that is short loses it to every pause. */
function findLeaseProblems(value: z.infer<typeof env>): string[] {
  const { VOLLEY_LEASE_SECONDS: lease, VOLLEY_DEADLINE_SECONDS: deadline } = value;
  if (lease >= 2 * deadline) return [];
  return [
    `VOLLEY_LEASE_SECONDS: must be at least twice VOLLEY_DEADLINE_SECONDS, ${2 * deadline}; it is ${lease}`,
  ];
}

/** Nobody could run anything. */
function findPersistedProblems(variables: Record<string, string | undefined>): string[] {
  const { VOLLEY_PERSISTED_ONLY: only, VOLLEY_PERSISTED_OPERATIONS: manifest } = variables;
  if (only !== '1' || manifest) return [];
  return ['VOLLEY_PERSISTED_ONLY: needs VOLLEY_PERSISTED_OPERATIONS, which says what may be run'];
}

function tokenConfigOf(value: z.infer<typeof env>): TokenConfig | undefined {
  const { VOLLEY_JWT_SECRET: secret, VOLLEY_JWT_JWKS: jwks } = value;
  const { VOLLEY_JWT_ISSUER: issuer, VOLLEY_JWT_AUDIENCE: audience } = value;
  const rules = { issuer, audience, algorithm: secret ? 'HS256' : value.VOLLEY_JWT_ALG };
  if (secret) return { source: { secret: Buffer.from(secret) }, rules };
  return jwks && { source: { jwks }, rules };
}

/** What the process was told, checked and named. Built once; functions receive values from it. */
export type Config = {
  port: number;
  host: string;
  /** Absent: an embedded PostgreSQL under `dataDir`. */
  databaseUrl: string | undefined;
  /** Absent: an embedded Redis under `dataDir`. */
  redisUrl: string | undefined;
  environment: 'development' | 'production';
  role: 'all' | 'api' | 'worker';
  /** Absolute path of the embedded data, the spool and `volley.pid`. */
  dataDir: string;
  adminKey: string | undefined;
  /** Whose tokens people may come with; absent: API keys only. */
  tokens: TokenConfig | undefined;
  /** Base of entry URLs without a trailing slash; absent: from the address served on. */
  publicUrl: string | undefined;
  /** Networks for which the address and port policy of outgoing calls is lifted. */
  allowTargets: AllowTargets;
  /** Absolute path of a database that tells where addresses are; absent: nobody knows. */
  geoDatabase: string | undefined;
  /** Whose pages may ask, besides the service's own. */
  corsOrigins: Origins;
  /** Proxies whose word about the client's address is taken, and the header they give it in. */
  trustedProxies: Networks;
  forwardedHeader: 'x-forwarded-for' | 'forwarded';
  /** What signing secrets are sealed with, newest first; absent: see `app.ts`. */
  encryptionKeys: [SealKey, ...SealKey[]] | undefined;
  /** Documents that clients name by an id; absent: none. */
  persistedOperations: Manifest | undefined;
  /** Whether all but ADMIN may run these only. */
  persistedOnly: boolean;
  /** Points a minute, by what is counted apart. */
  rateLimits: RateLimits;
  /** For one attempt as a whole. */
  deadlineMs: number;
  /** How long a claimed postback belongs to its worker; at least twice the deadline. */
  leaseMs: number;
  /** Where this process kills itself, for fault tests; absent: nowhere. */
  faultAt: FaultPoint | undefined;
  logLevel: string;
  /** Version of the package, as `user-agent` of outgoing calls. */
  version: string;
};

/**
 * Reads the environment: the only reader of it. An empty variable counts as unset.
 * Throws a StartError that lists every problem at once.
 */
export function readConfig(variables: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = env.safeParse(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...(parsed.success ? findLeaseProblems(parsed.data) : []),
    ...findTokenProblems(set),
    ...findPersistedProblems(set),
  ];
  if (!parsed.success || problems.length > 0) {
    const lines = problems.map((problem) => `  ${problem}`);
    throw new StartError(`The environment is not usable:\n${lines.join('\n')}`);
  }
  const value = parsed.data;
  return {
    port: value.PORT,
    host: value.HOST,
    databaseUrl: value.DATABASE_URL,
    redisUrl: value.REDIS_URL,
    environment: value.VOLLEY_ENV,
    role: value.VOLLEY_ROLE,
    dataDir: resolve(value.VOLLEY_DATA_DIR),
    adminKey: value.VOLLEY_ADMIN_KEY,
    tokens: tokenConfigOf(value),
    publicUrl: value.VOLLEY_PUBLIC_URL?.replace(/\/+$/, ''),
    allowTargets: value.VOLLEY_ALLOW_TARGETS,
    geoDatabase: value.VOLLEY_GEO_DATABASE && resolve(value.VOLLEY_GEO_DATABASE),
    corsOrigins:
      value.VOLLEY_CORS_ORIGINS ??
      parseOrigins(value.VOLLEY_ENV === 'development' ? LOCAL_ORIGINS : ''),
    trustedProxies: value.VOLLEY_TRUSTED_PROXIES,
    forwardedHeader: value.VOLLEY_FORWARDED_HEADER,
    encryptionKeys: value.VOLLEY_ENCRYPTION_KEYS,
    persistedOperations: value.VOLLEY_PERSISTED_OPERATIONS,
    persistedOnly: value.VOLLEY_PERSISTED_ONLY === '1',
    rateLimits: value.VOLLEY_RATE_LIMITS,
    deadlineMs: value.VOLLEY_DEADLINE_SECONDS * 1000,
    leaseMs: value.VOLLEY_LEASE_SECONDS * 1000,
    faultAt: value.VOLLEY_FAULT_AT,
    logLevel: value.LOG_LEVEL,
    version: packageVersion(),
  };
}

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
