import {
  type ASTNode,
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

/** Arguments that say where a viewer begins: who began elsewhere is told the same rows from now on. */
const PLACES: ReadonlySet<string> = new Set(['after', 'since']);

/**
 * Viewers with the same document, variables and rights share one execution of each live message, over every transport: a
 * thousand of them cost the statements of one. Variables that only say which rows a viewer is told, its filter and
 * where it begins, make no difference to what a row looks like. Viewers on sockets that are told the same rows besides
 * are a group, and handed the bytes of it, which are made once too.
 */
export function shareExecution(): Plugin<Context> {
  const shared = createSharedResults<ExecutionResult>();
  const documents = new WeakMap<DocumentNode, { name: number } & Choices>();
  let count = 0;

  /** Documents by identity: the same text is parsed once and remembered. */
  function known(document: DocumentNode) {
    const found = documents.get(document);
    if (found) return found;
    count += 1;
    const made = { name: count, ...choicesOf(document) };
    documents.set(document, made);
    return made;
  }

  /** Names of what is told of a row, and of all who are told it of the same rows. */
  function namesOf({ document, operationName, variableValues, contextValue }: ExecutionArgs) {
    const { name, rows, places } = known(document);
    const rights = rightsOf((contextValue as Context).viewer);
    const without = (left: Set<string>) => {
      const entries = Object.entries(variableValues ?? {}).filter(([key]) => !left.has(key));
      return JSON.stringify([name, operationName, entries, rights]);
    };
    return { told: without(rows), group: without(places) };
  }

  async function subscribe(
    args: ExecutionArgs,
  ): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> {
    const source = await createSourceEventStream(args);
    if (!isAsyncIterable(source)) return source;
    const names = namesOf(args);
    const runFor = async (rootValue: unknown) => execute({ ...args, rootValue });

    async function tell(message: unknown): Promise<ExecutionResult> {
      if (!isLive(message) || !message.row) return runFor(message);
      const make = (told: LiveMessage<LogRow>) => outsideRequests(() => runFor(told));
      const { result, isOwn } = shared(message.row, names.told, () => make(message));
      // In the same turn, so that statements of all of them are one.
      for (const row of message.ahead ?? []) {
        shared(row, names.told, () => make({ position: row.position, row, gap: null }));
      }
      const told = await result;
      // An error carries the id of the request it came from, and is logged with it: each has its own.
      return told.errors && !isOwn ? runFor(message) : told;
    }

    const { deliver } = args.contextValue as Context;
    if (deliver && isLiveSource(source)) {
      source.followBy({
        group: names.group,
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

/** Variables that only say which rows a viewer is told, and those of them that only say where it begins. */
type Choices = { rows: Set<string>; places: Set<string> };

/** The fields of subscriptions make nothing of their arguments but the stream: what is told of a row is asked below them. */
function choicesOf(document: DocumentNode): Choices {
  const uses = usesIn([document]);
  const choices: Choices = { rows: new Set(), places: new Set() };
  const given = document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .flatMap(({ selectionSet }) => selectionSet.selections)
    .flatMap((field) => (field.kind === Kind.FIELD ? (field.arguments ?? []) : []));
  for (const [variable, count] of usesIn(given)) {
    if (count === uses.get(variable)) choices.rows.add(variable);
  }
  for (const { name, value } of given) {
    if (value.kind !== Kind.VARIABLE || !PLACES.has(name.value)) continue;
    if (uses.get(value.name.value) === 1) choices.places.add(value.name.value);
  }
  return choices;
}

/** How often each variable is used. */
function usesIn(nodes: readonly ASTNode[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const node of nodes) {
    visit(node, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
    });
  }
  return uses;
}
