/** The part of Volley's schema that a report needs, so that all are sent the same document. */
export const typeDefs = `
  input RecordEventInput { clickId: String!, type: String!, transactionId: String, amount: String, currency: String }
  type Event { id: ID! }
  type RecordEventPayload { duplicate: Boolean!, event: Event! }
  type InvalidInputError { message: String! }
  union RecordEventResult = RecordEventPayload | InvalidInputError
  type Viewer { role: String! }
  type Query { viewer: Viewer! }
  type Mutation { recordEvent(input: RecordEventInput!): RecordEventResult! }
`;

/** Says who asks, as if it knew. */
export const viewer = { role: 'ADMIN' };

/** Answers and does nothing. */
export function recordNothing() {
  return { __typename: 'RecordEventPayload', duplicate: false, event: { id: '1' } };
}
