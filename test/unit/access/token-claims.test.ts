import { expect, test } from 'vitest';
import { readClaims } from '../../../src/access/token-claims.ts';

const person = { sub: 'person-1' };

test.each([
  [
    { ...person, volley_role: 'ADMIN' },
    { role: 'ADMIN', affid: null, integration: null },
  ],
  [
    { ...person, volley_role: 'VIEWER' },
    { role: 'VIEWER', affid: null, integration: null },
  ],
  [
    { ...person, volley_role: 'AFFILIATE', volley_affid: '101' },
    { role: 'AFFILIATE', affid: '101', integration: null },
  ],
  [
    { ...person, volley_role: 'INTEGRATION', volley_integration: 'Brand events' },
    { role: 'INTEGRATION', affid: null, integration: 'Brand events' },
  ],
])('reads %j', (claims, expected) => {
  expect(readClaims(claims)).toEqual({ subject: 'person-1', name: 'person-1', ...expected });
});

test('is called by its name where the token has one', () => {
  const claims = { ...person, name: 'A reader', volley_role: 'VIEWER' };
  expect(readClaims(claims)).toMatchObject({ subject: 'person-1', name: 'A reader' });
});

test.each([
  ['no role', { ...person }, /volley_role must be one of ADMIN, VIEWER/],
  ['an unknown role', { ...person, volley_role: 'OWNER' }, /volley_role must be one of/],
  ['a role in other letters', { ...person, volley_role: 'admin' }, /volley_role must be one of/],
  ['several roles', { ...person, volley_role: ['ADMIN'] }, /volley_role must be one of/],
  [
    'an affiliate without its code',
    { ...person, volley_role: 'AFFILIATE' },
    /volley_affid must be there for AFFILIATE/,
  ],
  [
    'an affiliate with an empty code',
    { ...person, volley_role: 'AFFILIATE', volley_affid: '' },
    /volley_affid must be there for AFFILIATE/,
  ],
  [
    'a code that is a number',
    { ...person, volley_role: 'AFFILIATE', volley_affid: 101 },
    /volley_affid must be text/,
  ],
  [
    'an integration without its name',
    { ...person, volley_role: 'INTEGRATION', volley_affid: '101' },
    /volley_affid is only for AFFILIATE|volley_integration must be there/,
  ],
  [
    'a viewer that is meant to see one affiliate only',
    { ...person, volley_role: 'VIEWER', volley_affid: '101' },
    /volley_affid is only for AFFILIATE/,
  ],
  [
    'an admin of one integration',
    { ...person, volley_role: 'ADMIN', volley_integration: 'Brand events' },
    /volley_integration is only for INTEGRATION/,
  ],
  ['nobody', { sub: '', volley_role: 'VIEWER' }, /sub must not be empty/],
  ['a subject that cannot be stored', { sub: 'a\0', volley_role: 'VIEWER' }, /sub holds a NUL/],
])('says what is wrong with %s', (_what, claims, problem) => {
  expect(readClaims(claims)).toEqual({ problem: expect.stringMatching(problem) });
});
