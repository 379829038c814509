import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  Kind,
  visit,
} from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import { rightsOf } from '../access/viewer.ts';
import type { Context } from '../graphql/context.ts';
import type { LogRow } from '../live/hub.ts';
import { createSharedResults } from '../live/shared-results.ts';
import type { LiveMessage, LiveMessages } from '../live/watch.ts';
import { outsideRequests } from '../platform/request-scope.ts';
import { textOf } from './result-text.ts';

/** Where a viewer begins makes no difference to what a row looks like to it. */
const PLACES: ReadonlySet<string> = new Set(['after', 'since']);

/**
 * Viewers with the same document, variables (but for where they begin) and rights share one execution of each
 * live message, over every transport: a thousand of them cost the statements of one. Those on sockets are
 * handed the bytes of it, which are made once too.
 */
export function shareExecution(): Plugin<Context> {
  const shared = createSharedResults<ExecutionResult>();
  const documents = new WeakMap<DocumentNode, { name: number; places: Set<string> }>();
  let count = 0;

  /** Documents by identity: the same text is parsed once and remembered. */
  function known(document: DocumentNode) {
    const found = documents.get(document);
    if (found) return found;
    count += 1;
    const made = { name: count, places: placesOf(document) };
    documents.set(document, made);
    return made;
  }

  function groupOf({ document, operationName, variableValues, contextValue }: ExecutionArgs) {
    const { name, places } = known(document);
    const entries = Object.entries(variableValues ?? {}).filter(
      ([variable]) => !places.has(variable),
    );
    return JSON.stringify([
      name,
      operationName,
      entries,
      rightsOf((contextValue as Context).viewer),
    ]);
  }

  async function subscribe(
    args: ExecutionArgs,
  ): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> {
    const source = await createSourceEventStream(args);
    if (!isAsyncIterable(source)) return source;
    const group = groupOf(args);
    const runFor = async (rootValue: unknown) => execute({ ...args, rootValue });

    async function tell(message: unknown): Promise<ExecutionResult> {
      if (!isLive(message) || !message.row) return runFor(message);
      const make = (told: LiveMessage<LogRow>) => outsideRequests(() => runFor(told));
      const { result, isOwn } = shared(message.row, group, () => make(message));
      // In the same turn, so that statements of all of them are one.
      for (const row of message.ahead ?? []) {
        shared(row, group, () => make({ position: row.position, row, gap: null }));
      }
      const told = await result;
      // An error carries the id of the request it came from, and is logged with it: each has its own.
      return told.errors && !isOwn ? runFor(message) : told;
    }

    const { deliver } = args.contextValue as Context;
    if (deliver && isLiveSource(source)) {
      source.followBy({
        group,
        async tell(message) {
          const told = await tell(message);
          // An error is told to each by itself: see above.
          return told.errors ? null : Buffer.from(textOf(told));
        },
        send: deliver,
      });
    }
    return mapAsyncIterator(source as AsyncIterable<unknown>, async (message) => {
      const told = await tell(message);
      // In the context of each, whoever executed it.
      if (isLive(message)) (args.contextValue as Context).livePosition = message.position;
      return told;
    });
  }

  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(subscribe);
    },
  };
}

/** Whether it is a log's, and not of a watch that tells everybody something else. */
function isLiveSource(source: object): source is LiveMessages<LogRow> {
  return 'followBy' in source;
}

/** Whether it is a message of a log, whose row is the same object for everybody. */
function isLive(message: unknown): message is LiveMessage<LogRow> {
  return typeof message === 'object' && message !== null && 'row' in message;
}

/** Variables that say where to begin, and nothing else. */
function placesOf(document: DocumentNode): Set<string> {
  const uses = new Map<string, number>();
  const places = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
  });
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const field of definition.selectionSet.selections) {
      if (field.kind !== Kind.FIELD) continue;
      for (const { name, value } of field.arguments ?? []) {
        if (value.kind !== Kind.VARIABLE || !PLACES.has(name.value)) continue;
        if (uses.get(value.name.value) === 1) places.add(value.name.value);
      }
    }
  }
  return places;
}
