import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const ENGINE_MODULE = '@prisma/schema-engine-wasm/schema_engine_bg';
/** PostgreSQL's internal one-byte type "char", in which its catalogue keeps flags. */
const CHAR_OID = 18;
const TEXT_OID = 25;

// The type packages of Node 24 leave this global out.
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

/**
 * Prisma's schema engine on the database of `databaseUrl`, as WebAssembly from npm: the engine of
 * the Prisma CLI is a download that many networks do not allow. Disposing closes its connections.
 */
export async function openSchemaEngine(
  databaseUrl: string,
): Promise<AsyncDisposable & { engine: engineModule.SchemaEngine }> {
  await loadEngine();
  const adapters: SqlDriverAdapter[] = [];
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(databaseUrl, adapters));
  const engine = await engineModule.SchemaEngine.new({ datamodels: undefined }, () => {}, factory);
  return {
    engine,
    async [Symbol.asyncDispose]() {
      engine.free();
      for (const adapter of adapters) await adapter.dispose();
    },
  };
}

/**
 * Once per process, not per copy of this module (a test runner loads several): the engine's JavaScript
 * half is shared, and a second instance would pull the memory from under the first.
 */
const shared: typeof globalThis & { volleySchemaEngine?: Promise<void> } = globalThis;

function loadEngine(): Promise<void> {
  shared.volleySchemaEngine ??= instantiate();
  return shared.volleySchemaEngine;
}

async function instantiate(): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve(ENGINE_MODULE));
  const bytes = readFileSync(join(folder, 'schema_engine_bg.wasm'));
  const imports = { './schema_engine_bg.js': { ...engineModule, ...unreferencedTimers() } };
  const { instance } = await WebAssembly.instantiate(bytes, imports);
  // Where the engine leaves the message of a panic before it traps.
  const panics = { set_message: (message: string) => console.error(message) };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
  engineModule.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}

/** The engine sets timers of 10 s that it does not clear: the process must not stay alive for them. */
function unreferencedTimers(): Record<string, unknown> {
  const functions = Object.entries(engineModule as Record<string, unknown>);
  return Object.fromEntries(
    functions
      .filter(([name]) => name.startsWith('__wbg_setTimeout_'))
      .map(([name]) => [name, (task: () => void, ms: number) => setTimeout(task, ms).unref()]),
  );
}

/**
 * Prisma's own factory cannot read the catalogue ("char" is unknown to it) and drops its shadow
 * database while it is still connected to it.
 */
function adapterFactory(
  url: string,
  opened: SqlDriverAdapter[],
): SqlMigrationAwareDriverAdapterFactory {
  const keep = (adapter: SqlDriverAdapter) => {
    opened.push(adapter);
    return adapter;
  };
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => keep(await connectAdapter(url)),
    connectToShadowDb: async () => keep(await connectToShadowDatabase(url)),
  };
}

async function connectToShadowDatabase(url: string): Promise<SqlDriverAdapter> {
  const name = `volley_shadow_${randomUUID().replaceAll('-', '')}`;
  const owner = new pg.Pool({ connectionString: url, max: 1 });
  try {
    await owner.query(`CREATE DATABASE ${name}`);
  } catch (error) {
    await owner.end();
    throw error;
  }
  const shadowUrl = new URL(url);
  shadowUrl.pathname = `/${name}`;
  const adapter = await connectAdapter(shadowUrl.href);
  const dispose = adapter.dispose.bind(adapter);
  adapter.dispose = once(async () => {
    await dispose();
    await owner.query(`DROP DATABASE ${name}`);
    await owner.end();
  });
  return adapter;
}

async function connectAdapter(url: string): Promise<SqlDriverAdapter> {
  const charColumns = new WeakMap<object, number[]>();
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  const noteCharColumns = async (...args: unknown[]) => {
    const result = await query(...args);
    const fields = result.fields ?? [];
    const found = fields.flatMap((field, i) => (field.dataTypeID === CHAR_OID ? [i] : []));
    for (const i of found) (fields[i] as pg.FieldDef).dataTypeID = TEXT_OID;
    if (found.length > 0) charColumns.set(result.rows, found);
    return result;
  };
  Object.assign(pool, { query: noteCharColumns });

  const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (statement) => {
    const result = await queryRaw(statement);
    for (const i of charColumns.get(result.rows) ?? []) {
      result.columnTypes[i] = ColumnTypeEnum.Character;
    }
    return result;
  };
  // Prisma's cuts a script at every semicolon, which breaks function bodies. Sent whole, PostgreSQL
  // also runs it as one transaction. A typed error is the engine's way to learn of a failure.
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      throw scriptError(error as pg.DatabaseError);
    }
  };
  adapter.dispose = once(adapter.dispose.bind(adapter));
  return adapter;
}

function scriptError(error: pg.DatabaseError): DriverAdapterError {
  return new DriverAdapterError({
    kind: 'postgres',
    code: error.code ?? 'XX000',
    severity: error.severity ?? 'ERROR',
    message: error.message,
    detail: error.detail,
    column: error.column,
    hint: error.hint,
  });
}

/** The engine disposes of some adapters itself, and a pool must not be ended twice. */
function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= act();
    return done;
  };
}
