import type { ExecutionResult, FormattedExecutionResult } from 'graphql';

/** By what an execution answered: an object that viewers share is written out once for all of them. */
const texts = new WeakMap<object, string>();

/** A result as JSON, as in a response or in the payload of a message. */
export function textOf(result: ExecutionResult | FormattedExecutionResult): string {
  const { data, errors, extensions } = result;
  if (!data || errors || extensions) return JSON.stringify(result);
  let text = texts.get(data);
  if (text === undefined) {
    text = `{"data":${JSON.stringify(data)}}`;
    texts.set(data, text);
  }
  return text;
}
