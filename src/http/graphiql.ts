import type { RouteAnswer } from '../clicks/redirect.ts';
import { EXAMPLES } from './graphiql-examples.ts';
import { hashSource, pageHeaders } from './security-headers.ts';

/**
 * GraphiQL as one page that asks no other host for anything. Made at the first request, because it is
 * nine megabytes that production never needs, and the same for everybody, so its one script is allowed
 * by its hash and nothing else that might get into the page runs.
 */
export function createGraphiql(): () => Promise<RouteAnswer> {
  let page: Promise<RouteAnswer> | undefined;
  return () => {
    page ??= render();
    return page;
  };
}

async function render(): Promise<RouteAnswer> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const html = renderGraphiQL({
    title: 'Volley',
    defaultQuery: EXAMPLES,
    headers: '{\n  "authorization": "Bearer <your key>"\n}',
    subscriptionsProtocol: 'SSE',
  });
  // A browser reads CR LF as LF, and hashes what it has read.
  const body = html.replaceAll(/\r\n?/g, '\n');
  const script = body.slice(
    body.indexOf('<script>') + '<script>'.length,
    body.lastIndexOf('</script>'),
  );
  return {
    status: 200,
    headers: pageHeaders({
      'script-src': hashSource(script),
      // Its editor makes styles and workers as it goes.
      'style-src': "'unsafe-inline'",
      'worker-src': 'blob:',
      'font-src': 'data:',
    }),
    body,
  };
}
