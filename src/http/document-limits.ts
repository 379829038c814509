import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { MaxTokensParserWLexer } from '@escape.tech/graphql-armor-max-tokens';
import {
  type DocumentNode,
  type GraphQLError,
  type Source,
  type ValidationContext,
  validate,
} from 'graphql';
import { type CallerErrorCode, callerError } from '../graphql/caller-error.ts';

/**
 * How large the text of a document may be, before anything is known of its cost. The largest documents of
 * dashboards we know have some 700 tokens, the introspection query of tools 300; a screen full of
 * counters takes an alias each.
 */
export const DOCUMENT_LIMITS = { characters: 65_536, tokens: 2_000, aliases: 100, directives: 30 };

/** Findings that one answer tells: what is wrong a hundred times must not be a hundred times as long. */
const MAX_FINDINGS = 5;

/** Parses a document; throws a GraphQLError when it is too long or no GraphQL. */
export function parseDocument(source: string | Source, options?: object): DocumentNode {
  const text = typeof source === 'string' ? source : source.body;
  const { characters, tokens } = DOCUMENT_LIMITS;
  // What is parsed is remembered with its text.
  if (text.length > characters) {
    const told = `The document has ${text.length} characters, ${characters} are allowed`;
    throw callerError('LENGTH_LIMIT', `${told}: send values as variables.`);
  }
  const refuse = () => {
    const told = `The document has more than ${tokens} tokens, the limit is ${tokens}`;
    throw callerError('TOKEN_LIMIT', `${told}: send values as variables, or split it.`);
  };
  const limits = { n: tokens, onReject: [refuse] };
  return new MaxTokensParserWLexer(text, { ...options, ...limits }).parseDocument();
}

// `allowList`: by default aliases of __typename do not count. They report instead of throwing, which
// would take a socket down with it.
const LIMIT_RULES = [
  maxAliasesRule({
    n: DOCUMENT_LIMITS.aliases,
    allowList: [],
    propagateOnRejection: false,
    onReject: [reportAs('ALIAS_LIMIT')],
  }),
  maxDirectivesRule({
    n: DOCUMENT_LIMITS.directives,
    propagateOnRejection: false,
    onReject: [reportAs('DIRECTIVE_LIMIT')],
  }),
];

/** Validates in order of price: a document beyond a limit does not reach the rules that take longer. */
export const validateWithinLimits: typeof validate = (schema, document, rules, options) => {
  const excess = validate(schema, document, LIMIT_RULES);
  if (excess.length > 0) return excess;
  return validate(schema, document, rules, { ...options, maxErrors: MAX_FINDINGS });
};

function reportAs(code: CallerErrorCode) {
  return (context: ValidationContext | null, { message }: GraphQLError): void => {
    context?.reportError(callerError(code, message.replace(/^Syntax Error: /, '')));
  };
}
