import { expect, test } from 'vitest';
import type { UnresolvedPolicy } from '../../../src/pixels/render.ts';
import { parseBody, renderBody } from '../../../src/pixels/render-body.ts';

const VALUES: Record<string, string> = {
  affclickid: '1122223444455565666',
  amount: '50.5',
  odd: 'a b&c=d"\\\n{amount}',
  empty: '',
  long: 'x'.repeat(1024),
};

function values(name: string) {
  const raw = VALUES[name];
  return raw === undefined ? null : { raw, source: 'entry' as const };
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

test('keeps numbers outside of JSON strings exact and quotes everything else', () => {
  const body = render('[{affclickid}, {amount}, {odd}, {missing}, {empty}]');

  expect(body.text).toBe(`[1122223444455565666, 50.5, ${JSON.stringify(VALUES.odd)}, null, ""]`);
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
    { name: 'amount', source: 'entry', raw: '50.5', encoded: '50.50' },
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
