import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkLinkParameters, readEntryUrl } from '../../../src/clicks/entry-url.ts';
import { type Rendering, type RenderOptions, renderTemplate } from '../../../src/pixels/render.ts';
import { parseTemplate } from '../../../src/pixels/template.ts';
import type { TemplateRefusal } from '../../../src/pixels/tokens.ts';
import { placeholderValues } from '../../../src/pixels/values.ts';

// The examples of docs/rules.md, for the click and event they are stated for. The tests of the
// parser, the renderer and the look-up hold every other case.

const B = 'https://affiliate.example/postback';
const LINK = '/click?affid=101&campaign=2001';
const CLICK = `${LINK}&affclickid=1122223444455565666`;
const REFERENCE = `${B}?click_id={affclickid}&payout_sum={amount}&currency={currency}&source=track360&type=signup`;

describe('golden examples', () => {
  test('G1: the click id and the amount of the event take their places', () => {
    expect(render(`${B}?click_id={affclickid}&payout_sum={amount}`, CLICK)).toMatchObject({
      finalUrl: `${B}?click_id=1122223444455565666&payout_sum=50`,
      unresolved: [],
    });
  });

  test('G2: a template of static parameters only is refused', () => {
    expect(refuse(`${B}?source=track360&type=signup`)).toMatchObject([
      { message: expect.stringContaining('no placeholder') },
    ]);
  });

  test('G3: static parameters stay between and after the dynamic ones', () => {
    expect(render(REFERENCE, CLICK)).toMatchObject({
      finalUrl: `${B}?click_id=1122223444455565666&payout_sum=50&currency=USD&source=track360&type=signup`,
      unresolved: [],
    });
  });

  test('G4: what the link did not carry is sent empty, and named', () => {
    expect(render(REFERENCE, LINK)).toMatchObject({
      finalUrl: `${B}?click_id=&payout_sum=50&currency=USD&source=track360&type=signup`,
      unresolved: ['affclickid'],
    });
  });

  test('G5: what the link did not carry is left out under OMIT_PARAM, and named', () => {
    expect(render(REFERENCE, LINK, { unresolved: 'OMIT_PARAM' })).toMatchObject({
      finalUrl: `${B}?payout_sum=50&currency=USD&source=track360&type=signup`,
      unresolved: ['affclickid'],
    });
  });

  test('G6: all but unreserved characters are encoded, and braces in a value are data', () => {
    const value = 'a%20b%26c%3Dd%2F%C3%A9%2B%7Bamount%7D%0D%0AX';

    expect(readEntryUrl(`${LINK}&v=${value}`).parameters).toEqual([
      { name: 'v', value: 'a b&c=d/é+{amount}\r\nX' },
    ]);
    expect(render(`${B}?x={v}`, `${LINK}&v=${value}`)).toMatchObject({
      finalUrl: `${B}?x=${value}`,
    });
  });

  test('G7: escapes are decoded once and encoded once', () => {
    const entryUrl = `${LINK}&affclickid=a%2Bb%2F%3D`;

    expect(readEntryUrl(entryUrl).parameters).toEqual([{ name: 'affclickid', value: 'a+b/=' }]);
    expect(render(`${B}?x={affclickid}`, entryUrl)).toMatchObject({
      finalUrl: `${B}?x=a%2Bb%2F%3D`,
    });
  });

  test('G8: a plus on the link is a plus, not a space', () => {
    expect(render(`${B}?x={affclickid}`, `${LINK}&affclickid=a+b`)).toMatchObject({
      finalUrl: `${B}?x=a%2Bb`,
    });
  });

  test('G9: an amount on the link does not forge the amount of the event', () => {
    expect(render(`${B}?x={amount}`, `${LINK}&amount=9999`)).toMatchObject({
      finalUrl: `${B}?x=50`,
    });
  });

  test('G10: a clickid on the link is dropped with a warning, and links may not declare one', () => {
    const entryUrl = `${LINK}&clickid=abc123`;

    expect(readEntryUrl(entryUrl)).toMatchObject({
      parameters: [],
      warnings: ['clickid left out: clickid is reserved'],
      issues: [],
    });
    expect(render(`${B}?x={clickid}`, entryUrl)).toMatchObject({ finalUrl: `${B}?x=clk_1` });
    expect(checkLinkParameters([{ name: 'clickid', value: 'abc123' }])).toMatchObject([
      { path: ['parameters', '0', 'name'], message: expect.stringContaining('reserved') },
    ]);
  });

  test('G11: placeholders work in the path as well', () => {
    expect(render(`${B}/{affid}/{campaign}?x={affclickid}`, CLICK)).toMatchObject({
      finalUrl: `${B}/101/2001?x=1122223444455565666`,
    });
  });

  test('G12: a placeholder in the host is refused with its place', () => {
    expect(refuse('https://{affid}.affiliate.example/p?x={amount}')).toMatchObject([
      { position: 9, message: expect.stringContaining('stands in the host') },
    ]);
  });

  test('G13: parameters without "?" are refused, with the URL that was meant', () => {
    expect(refuse(`${B}&x={affid}`)).toMatchObject([{ fix: `${B}?x={affid}` }]);
  });

  test('G14: a key that is given twice is sent twice', () => {
    expect(render(`${B}?a={affid}&a={affid}`, CLICK)).toMatchObject({
      finalUrl: `${B}?a=101&a=101`,
    });
  });

  test('G15: one value may hold several placeholders and static text', () => {
    expect(render(`${B}?x={affid}-{campaign}`, CLICK)).toMatchObject({
      finalUrl: `${B}?x=101-2001`,
    });
  });
});

describe('rules that no other test names', () => {
  test('rule 10: keys are the affiliate’s own, byte for byte', () => {
    const keys = ['click_id', 'Click-ID', 'a[]', '%6bey', '%d0%ba%d0%bb', 'a+b', '$x'];
    const query = (value: string) => keys.map((key) => `${key}=${value}`).join('&');

    expect(render(`${B}?${query('{affid}')}`, CLICK)).toMatchObject({
      finalUrl: `${B}?${query('101')}`,
    });
  });

  test('rule 12: a template may hold any number of parameters that fit in it', () => {
    const query = (value: string) =>
      Array.from({ length: 150 }, (_, at) => `p${at}=${value}`).join('&');

    expect(render(`${B}?${query('{affid}')}`, CLICK)).toMatchObject({
      finalUrl: `${B}?${query('101')}`,
    });
  });
});

test('docs/rules.md names every rule and example, and only tests that exist', () => {
  const page = readFileSync('docs/rules.md', 'utf8');
  const rows = [...page.matchAll(/^\| (G?\d+) \|/gm)].map(([, name]) => name);
  const missing: string[] = [];
  let source = '';
  for (const [, path, title] of page.matchAll(/`(\w+\/[\w/.-]+\.test\.ts)`|“([^”]+)”/g)) {
    if (path) source = readFileSync(`test/${path}`, 'utf8');
    else if (title && !source.includes(title)) missing.push(title);
  }

  expect(rows).toEqual([...numbered('', 40), ...numbered('G', 18)]);
  expect(missing).toEqual([]);
});

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${letter}${at + 1}`);
}

/** Renders a template for a visit of the entry URL and a FirstDeposit of 50 USD. */
function render(url: string, entryUrl: string, options: Partial<RenderOptions> = {}): Rendering {
  const reading = parseTemplate(url);
  if (!reading.ok) throw new Error(reading.refusals.map(({ message }) => message).join('; '));
  const { affid, campaign, parameters } = readEntryUrl(entryUrl);
  const values = placeholderValues({
    affid,
    partnerType: 'AFFILIATE',
    campaign,
    campaignName: 'Spring campaign',
    offerId: 'spring',
    offerName: 'Spring offer',
    clickId: 'clk_1',
    clickTime: new Date('2026-03-01T11:30:00Z'),
    ip: null,
    userAgent: null,
    referrer: null,
    language: null,
    country: null,
    region: null,
    city: null,
    entryParameters: parameters,
    event: {
      id: 'evt_1',
      conversionId: null,
      type: 'FirstDeposit',
      status: 'APPROVED',
      amount: '50',
      currency: 'USD',
      payout: null,
      payoutCurrency: null,
      customerId: null,
      transactionId: 'tx-1',
      occurredAt: new Date('2026-03-01T12:00:00Z'),
    },
    postbackId: 'pb_1',
    attempt: 1,
    fireTime: new Date('2026-03-01T12:00:05Z'),
    test: false,
  });
  return renderTemplate(reading.template, values, {
    unresolved: 'EMPTY',
    required: [],
    ...options,
  });
}

function refuse(url: string): TemplateRefusal[] {
  const reading = parseTemplate(url);
  return reading.ok ? [] : reading.refusals;
}
