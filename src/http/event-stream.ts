import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Context } from '../graphql/context.ts';
import { encodeCursor } from '../live/position.ts';
import { withoutHttp } from './prepare-operation.ts';
import { textOf } from './result-text.ts';

/** What an event is resumed behind; goes with the result it belongs to, through copies, and into no JSON. */
const EVENT_ID = Symbol('event id');

type Result = ExecutionResult & { [EVENT_ID]?: string };

type Processor = NonNullable<
  Parameters<NonNullable<Plugin['onResultProcess']>>[0]['resultProcessor']
>;

/** A comment this often keeps proxies from closing a silent stream, and shows whether anybody reads. */
const PING_MS = 12_000;

/**
 * Streams over HTTP as Server-Sent Events, where the cursor of each live message is the event's id, also
 * when the operation does not select it: a browser sends the last one in `Last-Event-ID` when it comes
 * back. Yoga writes the same events without ids, and each in two pieces.
 */
export function eventStreams(): Plugin<Context> {
  return {
    onSubscribe: ({ args }) => ({
      onSubscribeResult: () => ({
        onNext({ result, setResult }) {
          // One message is executed after the other, so the last one that was noted is this result's.
          const { livePosition } = args.contextValue as Context;
          if (livePosition && !isAsyncIterable(result)) {
            setResult({ ...result, [EVENT_ID]: encodeCursor(livePosition) } as Result);
          }
        },
      }),
    }),
    onResultProcess({ result, resultProcessor, setResultProcessor }) {
      // Without a processor no type was acceptable. Of those that are, only streams of events can go on.
      if (!resultProcessor || !isAsyncIterable(result)) return;
      setResultProcessor(writeEvents, 'text/event-stream');
    },
  };
}

const writeEvents: Processor = (result, { ReadableStream, Response, TextEncoder }) => {
  const results = (result as AsyncIterable<Result>)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let ping: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const say = () => controller.enqueue(encoder.encode(':\n\n'));
      // At once, so that the headers go out before there is anything to tell.
      say();
      ping = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) say();
      }, PING_MS);
    },
    async pull(controller) {
      try {
        const { done, value } = await results.next();
        controller.enqueue(encoder.encode(done ? 'event: complete\ndata:\n\n' : eventOf(value)));
        if (!done) return;
        clearInterval(ping);
        controller.close();
      } catch (thrown) {
        clearInterval(ping);
        controller.error(thrown);
      }
    },
    async cancel(reason) {
      clearInterval(ping);
      await results.return?.(reason);
    },
  });
  const headers = { 'content-type': 'text/event-stream', connection: 'keep-alive' };
  return new Response(body, { headers: { ...headers, 'content-encoding': 'none' } });
};

function eventOf(result: Result): string {
  const errors = result.errors?.map((error) =>
    error instanceof GraphQLError ? withoutHttp(error) : error,
  );
  const id = result[EVENT_ID] === undefined ? '' : `id: ${result[EVENT_ID]}\n`;
  return `${id}event: next\ndata: ${textOf(errors ? { ...result, errors } : result)}\n\n`;
}
