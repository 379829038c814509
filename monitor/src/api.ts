import type { TypedDocumentString } from '../gql/graphql.ts';

/** Why Volley gave no answer; `code` is the one of the API, `OFFLINE` when nothing came back. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

type Answer<Data> = {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
};

const ANSWER_LIMIT_MS = 15_000;

/**
 * Runs a typed operation with a key, over HTTP.
 * @throws ApiError when it cannot be reached, or answers with an error at top level
 */
export async function askVolley<Data, Variables>(
  key: string,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  let answer: Answer<Data>;
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: document.toString(), variables }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    answer = (await response.json()) as Answer<Data>;
  } catch {
    throw new ApiError('Volley does not answer. Is it running, and the network up?', 'OFFLINE');
  }
  const [error] = answer.errors ?? [];
  if (error || !answer.data) {
    throw new ApiError(error?.message ?? 'no answer', error?.extensions?.code ?? 'UNKNOWN');
  }
  return answer.data;
}

/** What may be shown to a person of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
