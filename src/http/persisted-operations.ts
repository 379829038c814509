import { createHash } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';
import type { RateLimit } from '../access/rate-limit.ts';
import type { Viewer } from '../access/viewer.ts';
import { callerError } from '../graphql/caller-error.ts';
import type { Caller, Context } from '../graphql/context.ts';
import { chargeRefused } from './meter-operations.ts';
import type { Manifest } from './persisted-manifest.ts';

/** What of a request says which document it means. */
type Named = {
  query?: string | null | undefined;
  documentId?: unknown;
  extensions?: Record<string, unknown> | null | undefined;
};

export type PersistedOperations = {
  /**
   * Puts the document into a request that names it by an id; one that brings a text stays as it is.
   * @throws GraphQLError when the id is unknown
   */
  withDocument<Params extends Named>(
    caller: Pick<Caller, 'viewer' | 'address'>,
    params: Params,
  ): Params;
  /** Does so for requests over HTTP and SSE, and refuses other documents over every transport. */
  plugin: Plugin<Context>;
};

type Deps = {
  /** Empty where none are configured. */
  documents: Manifest;
  /** Whether all but ADMIN are limited to them. */
  onlyPersisted: boolean;
  /** What the service's own page asks: for who is limited by the service, not for keys of other programs. */
  ownDocuments: ReadonlySet<string>;
  rateLimit: Pick<RateLimit, 'charge'>;
};

/** Of a document identifier that says how it was made (GraphQL over HTTP, persisted documents). */
const PREFIX = 'sha256:';

/**
 * Persisted operations: documents that are known beforehand, named by an id instead of sent as text. Yoga
 * has a hook for requests over HTTP only, so the WebSocket server calls `withDocument` itself; what keys
 * may run is decided while a document is parsed, which no transport can go round.
 */
export function createPersistedOperations(deps: Deps): PersistedOperations {
  const { documents, onlyPersisted, ownDocuments, rateLimit } = deps;
  const byHash = new Map([...documents.values()].map((text) => [sha256(text), text]));
  const texts = new Set(documents.values());

  function find(id: string): string | undefined {
    const hash = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
    return documents.get(id) ?? documents.get(hash) ?? byHash.get(hash);
  }

  const withDocument: PersistedOperations['withDocument'] = (caller, params) => {
    const id = params.query ? undefined : idOf(params);
    if (id === undefined) return params;
    const query = find(id);
    if (query !== undefined) return { ...params, query };
    chargeRefused(rateLimit, caller);
    // Clients of Apollo look for these very words, and may send the text then.
    throw callerError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
  };

  return {
    withDocument,
    plugin: {
      onParams({ request, params, setParams, context }) {
        const documentId = documentIdInUrl(request);
        const named = documentId === null ? params : { ...params, documentId };
        setParams(withDocument(context as unknown as Caller, named));
      },
      onParse({ params: { source }, context }) {
        const text = typeof source === 'string' ? source : source.body;
        const { viewer } = context;
        if (!isLimited(viewer, onlyPersisted) || texts.has(text)) return;
        if (viewer.role !== 'ANONYMOUS' && !viewer.persistedOnly && ownDocuments.has(text)) return;
        chargeRefused(rateLimit, context);
        throw callerError('PERSISTED_QUERY_REQUIRED', REQUIRED);
      },
    },
  };
}

const REQUIRED =
  'This caller may run persisted operations only, and the document is none of them: send the id or the exact text of one.';

function isLimited(viewer: Viewer, onlyPersisted: boolean): boolean {
  if (viewer.role === 'ANONYMOUS') return onlyPersisted;
  return viewer.persistedOnly || (onlyPersisted && viewer.role !== 'ADMIN');
}

/** The id under any of the names that clients know. */
function idOf({ documentId, extensions }: Named): string | undefined {
  const { persistedQuery, documentId: further } = Object(extensions);
  const named = [documentId, further, Object(persistedQuery).sha256Hash];
  return named.find((id) => typeof id === 'string' && id !== '');
}

/** Yoga reads the parameters it knows of a URL, and this is none of them. */
function documentIdInUrl({ method, url }: Request): string | null {
  return method === 'GET' ? new URL(url).searchParams.get('documentId') : null;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
