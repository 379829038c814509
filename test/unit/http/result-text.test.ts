import { GraphQLError } from 'graphql';
import { expect, test } from 'vitest';
import { textOf } from '../../../src/http/result-text.ts';

test('what viewers share is written out once', () => {
  let written = 0;
  const toJSON = () => {
    written += 1;
    return 'now';
  };
  const data = { at: { toJSON } };

  expect([textOf({ data }), textOf({ data })]).toEqual(Array(2).fill('{"data":{"at":"now"}}'));
  expect(written).toBe(1);
});

test('what else a result holds is its own', () => {
  const data = { a: 1 };
  textOf({ data });

  expect(JSON.parse(textOf({ data, extensions: { cost: 1 } }))).toEqual({
    data,
    extensions: { cost: 1 },
  });
  expect(textOf({ errors: [new GraphQLError('no')] })).toBe('{"errors":[{"message":"no"}]}');
  expect(textOf({ data: null })).toBe('{"data":null}');
});
