import type { TypedDocumentString } from '../gql/graphql.ts';

/** What a GraphQL server answers. */
export type GraphqlAnswer<Data> = {
  data?: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string } }[];
};

/** A GraphQL client over HTTP for one key. */
export type TestApi = {
  key: string | null;
  /** Runs a typed operation; throws with everything known when the answer holds errors. */
  run<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<Data>;
  /** Runs any text and answers as the server did. */
  ask(query: string, variables?: object): Promise<GraphqlAnswer<Record<string, never>>>;
  /** A plain HTTP request with the key, redirects not followed. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
};

export function createApi(url: string, key: string | null): TestApi {
  const authorization: Record<string, string> =
    key === null ? {} : { authorization: `Bearer ${key}` };

  function fetchPath(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...authorization, ...(init.headers as Record<string, string>) };
    return fetch(`${url}${path}`, { redirect: 'manual', ...init, headers });
  }

  async function ask(query: string, variables: object = {}) {
    const response = await fetchPath('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphqlAnswer<never>;
  }

  return {
    key,
    async run(document, variables) {
      const answer: GraphqlAnswer<never> = await ask(document.toString(), variables as object);
      if (!answer.data || answer.errors) {
        throw new Error(
          `${document.toString()}\n${JSON.stringify({ variables, answer }, null, 2)}`,
        );
      }
      return answer.data;
    },
    ask,
    fetch: fetchPath,
  };
}

/** The member of a result union that a test expects; shows the others' message when it is not. */
export function expectType<
  Result extends { __typename: string },
  Name extends Result['__typename'],
>(result: Result, name: Name): Extract<Result, { __typename: Name }> {
  if (result.__typename !== name) {
    throw new Error(`expected ${name}, got ${JSON.stringify(result)}`);
  }
  return result as Extract<Result, { __typename: Name }>;
}
