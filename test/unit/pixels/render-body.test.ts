import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UnresolvedPolicy } from '../../../src/pixels/render.ts';
import { parseBody, renderBody } from '../../../src/pixels/render-body.ts';

const VALUES: Record<string, string> = {
  affclickid: '1122223444455565666',
  amount: '50.5',
  odd: 'a b&c=d"\\\n{amount}',
  empty: '',
  sum: '12.5',
  event_ts: '1772366400',
  timestamp: '1772366400',
  campaign: '2001',
  transaction_id: 'null',
  yes: 'true',
  status: 'approved',
  long: 'x'.repeat(1024),
};

const OURS = ['amount', 'sum', 'event_ts', 'campaign', 'transaction_id', 'status'];

function values(name: string) {
  const raw = VALUES[name];
  const source = OURS.includes(name) ? ('event' as const) : ('entry' as const);
  return raw === undefined ? null : { raw, source };
}

function render(body: string, unresolved: UnresolvedPolicy = 'EMPTY') {
  const reading = parseBody(body);
  if (!reading.ok) throw new Error(reading.refusals.map(({ message }) => message).join('; '));
  const rendering = renderBody(reading.template, values, { unresolved });
  if (rendering.kind === 'skipped') throw new Error(rendering.reason);
  return rendering;
}

function refusals(body: string): string[] {
  const reading = parseBody(body);
  return reading.ok ? [] : reading.refusals.map(({ message }) => message);
}

test('percent-encodes the values of a form and keeps its static text', () => {
  const body = render('click_id={affclickid}&note={odd}&static=a+b');

  expect(body).toMatchObject({
    text: 'click_id=1122223444455565666&note=a%20b%26c%3Dd%22%5C%0A%7Bamount%7D&static=a+b',
    contentType: 'application/x-www-form-urlencoded',
    unresolved: [],
  });
});

test('escapes values as the content of JSON strings', () => {
  const body = render('{"id":"{affclickid}","note":"<{odd}>"}');

  expect(JSON.parse(body.text)).toEqual({ id: VALUES.affclickid, note: `<${VALUES.odd}>` });
  expect(body.contentType).toBe('application/json');
});

test('outside of JSON strings an amount is a number, exact, and an id a string: a receiver would round it', () => {
  const body = render('[{affclickid}, {amount}, {odd}, {missing}, {empty}]');

  expect(body.text).toBe(`["1122223444455565666", 50.5, ${JSON.stringify(VALUES.odd)}, null, ""]`);
  expect(JSON.parse(body.text)[0]).toBe(VALUES.affclickid);
});

test.each([
  ['{amount|cents}', '5050'],
  ['{sum}', '12.5'],
  ['{event_ts}', '1772366400'],
  // An alias that took an entry parameter is what the affiliate put on the link.
  ['{timestamp}', '"1772366400"'],
  ['{campaign}', '"2001"'],
  ['{transaction_id}', '"null"'],
  ['{yes}', '"true"'],
  // What the template itself writes stands as it is written.
  ['{status|map:approved=1,rejected=2}', '1'],
  ['{status|map:approved=true}', 'true'],
  ['{status|map:rejected=true}', '"approved"'],
  ['{missing|default:null}', 'null'],
  ['{missing|default:0}', '0'],
  ['{missing|default:none}', '"none"'],
  ['{amount|default:0|map:50.5=a}', '"a"'],
])('writes %s in JSON as %s', (placeholder, written) => {
  expect(render(`{"x":${placeholder}}`).text).toBe(`{"x":${written}}`);
});

test.each<[UnresolvedPolicy, string, string]>([
  ['EMPTY', 'a={missing}&b={amount}', 'a=&b=50.5'],
  ['OMIT_PARAM', 'a={missing}&b={amount}&c={empty}', 'b=50.5'],
  ['LITERAL', 'a={missing}&b={amount}', 'a=%7Bmissing%7D&b=50.5'],
  ['EMPTY', '{"a":"{missing}","b":{missing}}', '{"a":"","b":null}'],
  ['OMIT_PARAM', '{"a":"{missing}","b":{missing}}', '{"a":"","b":null}'],
  ['LITERAL', '{"a":"{missing}","b":{missing}}', '{"a":"{missing}","b":"{missing}"}'],
])('with %s turns %s into %s', (unresolved, template, text) => {
  const body = render(template, unresolved);

  expect(body.text).toBe(text);
  expect(body.unresolved).toContain('missing');
});

test('applies modifiers and tells where a value came from', () => {
  const body = render('sum={amount|fixed:2}&country={missing|default:none}');

  expect(body.text).toBe('sum=50.50&country=none');
  expect(body.values).toEqual([
    { name: 'amount', source: 'event', raw: '50.5', encoded: '50.50' },
    { name: 'missing', source: 'default', raw: null, encoded: 'none' },
  ]);
});

test('reads braces that are JSON, and quotes behind backslashes, as what they are', () => {
  const body = render(String.raw`{"empty":{},"quote":"\"{affclickid}\\","after":{amount}}`);

  expect(JSON.parse(body.text)).toEqual({
    empty: {},
    quote: `"${VALUES.affclickid}\\`,
    after: 50.5,
  });
});

test.each([
  ['{"a":{amount}', /not valid JSON/],
  ['{"a":1{amount}}', /not valid JSON/],
  [String.raw`{"a":"\{amount}"}`, /not valid JSON/],
  [String.raw`{"a":"\u00{amount}"}`, /not valid JSON/],
  ['a={', /not closed/],
  ['a={amount|fixd:2}', /did you mean fixed/],
  ['a={amount|raw}', /raw is not allowed here/],
  ['a={sig}', /query only/],
  ['a={signature}', /query only/],
  ['{"a":"{Signature}"}', /query only/],
])('refuses %s', (body, message) => {
  expect(refusals(body).join()).toMatch(message);
});

test.each([
  ['a form', (count: number) => `x=${'{long}'.repeat(count)}`],
  ['JSON', (count: number) => `["${'{long}'.repeat(count)}"]`],
])('does not send %s of more than 65,536 characters', (_, write) => {
  const reading = parseBody(write(64));
  if (!reading.ok) throw new Error('refused');

  expect(render(write(63)).text.length).toBeGreaterThan(63 * 1024);
  expect(renderBody(reading.template, values, { unresolved: 'EMPTY' })).toEqual({
    kind: 'skipped',
    reason: 'BODY_TOO_LONG',
    names: [],
    values: [{ name: 'long', source: 'entry', raw: VALUES.long, encoded: '' }],
  });
});

test('accepts a body without placeholders', () => {
  expect(render('ping').text).toBe('ping');
  expect(render('{"ping":true}').text).toBe('{"ping":true}');
});

test.each(['a={amount |fixed:2}', '{"a": {amount |fixed:2}}'])(
  'reads spaces around a bar in %s as none, with a notice',
  (body) => {
    const reading = parseBody(body);

    expect(reading).toMatchObject({ ok: true, template: { placeholders: [{ name: 'amount' }] } });
    expect(reading.ok && reading.template.notices.join()).toContain('is read as {amount|fixed:2}');
    expect(render(body).text).toMatch(/50\.50/);
  },
);
describe('for any values', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  const odd = fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '","x":"',
    '}',
    '{amount}',
    '&x=1',
    '+',
    '%22',
    '\n',
    '\u2028',
    '1e9',
    'null',
  );
  const values = fc.record({
    a: fc.oneof(text, odd),
    b: fc.oneof(text, odd),
    c: fc.oneof(text, odd),
  });

  function renderWith(template: string, given: Record<string, string>, source: 'entry' | 'event') {
    const reading = parseBody(template);
    if (!reading.ok) throw new Error(reading.refusals.map(({ message }) => message).join('; '));
    const find = (name: string) => ({ raw: given[name] ?? '', source });
    const rendering = renderBody(reading.template, find, { unresolved: 'EMPTY' });
    if (rendering.kind === 'skipped') throw new Error(rendering.reason);
    return rendering.text;
  }

  test('a form reads back as its fields and no other', () => {
    fc.assert(
      fc.property(values, (given) => {
        const body = renderWith('a={a}&fixed=1+1&b=<{b}>&b={c}', given, 'entry');

        expect([...new URLSearchParams(body)]).toEqual([
          ...[
            ['a', given.a],
            ['fixed', '1 1'],
            ['b', `<${given.b}>`],
            ['b', given.c],
          ],
        ]);
      }),
    );
  });

  test.each(['entry', 'event'] as const)(
    'JSON reads back as its fields and no other, of the %s',
    (source) => {
      fc.assert(
        fc.property(values, (given) => {
          const template = String.raw`{"a":"{a}","b":{b},"c":["<{c}>",{c},"\"{a}\\"],"static":{"d":1}}`;

          expect(JSON.parse(renderWith(template, given, source))).toEqual({
            a: given.a,
            b: given.b,
            c: [`<${given.c}>`, given.c, `"${given.a}\\`],
            static: { d: 1 },
          });
        }),
      );
    },
  );
});
