import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEntryUrl } from '../../../src/clicks/entry-url.ts';
import {
  type RenderOptions,
  renderTemplate,
  type UnresolvedPolicy,
} from '../../../src/pixels/render.ts';
import { parseTemplate } from '../../../src/pixels/template.ts';
import { placeholderValues } from '../../../src/pixels/values.ts';

const B = 'https://affiliate.example/postback';
const LINK = '/click?affid=101&campaign=2001';
const CLICK = `${LINK}&affclickid=1122223444455565666`;

describe('renderTemplate, golden examples', () => {
  it.each([
    [
      'G1',
      `${B}?click_id={affclickid}&payout_sum={amount}`,
      CLICK,
      `${B}?click_id=1122223444455565666&payout_sum=50`,
    ],
    [
      'G3',
      `${B}?click_id={affclickid}&payout_sum={amount}&currency={currency}&source=track360&type=signup`,
      CLICK,
      `${B}?click_id=1122223444455565666&payout_sum=50&currency=USD&source=track360&type=signup`,
    ],
    ['G7', `${B}?x={affclickid}`, `${LINK}&affclickid=a%2Bb%2F%3D`, `${B}?x=a%2Bb%2F%3D`],
    ['G8', `${B}?x={affclickid}`, `${LINK}&affclickid=a+b`, `${B}?x=a%2Bb`],
    ['G9', `${B}?x={amount}`, `${LINK}&amount=9999`, `${B}?x=50`],
    ['G10', `${B}?x={clickid}`, `${LINK}&clickid=abc123`, `${B}?x=clk_1`],
    ['G11', `${B}/{affid}/{campaign}?x={affclickid}`, CLICK, `${B}/101/2001?x=1122223444455565666`],
    ['G14', `${B}?a={affid}&a={affid}`, CLICK, `${B}?a=101&a=101`],
    ['G15', `${B}?x={affid}-{campaign}`, CLICK, `${B}?x=101-2001`],
  ])('%s: renders %s', (_, url, entryUrl, finalUrl) => {
    expect(render(url, { entryUrl })).toMatchObject({ finalUrl, unresolved: [] });
  });

  it('G4: sends nothing for a parameter the link never carried, and says so', () => {
    const url = `${B}?click_id={affclickid}&payout_sum={amount}&currency={currency}`;

    const rendering = render(url, { entryUrl: LINK });

    expect(rendering).toMatchObject({
      kind: 'rendered',
      finalUrl: `${B}?click_id=&payout_sum=50&currency=USD`,
      unresolved: ['affclickid'],
    });
  });

  it('G5: leaves the pair out under OMIT_PARAM', () => {
    const url = `${B}?click_id={affclickid}&payout_sum={amount}&currency={currency}`;

    const rendering = render(url, { entryUrl: LINK, unresolved: 'OMIT_PARAM' });

    expect(rendering).toMatchObject({
      finalUrl: `${B}?payout_sum=50&currency=USD`,
      unresolved: ['affclickid'],
    });
  });

  it('G6: encodes everything but unreserved characters, and braces in a value are data', () => {
    const value = 'a b&c=d/é+{amount}\r\nX';

    const rendering = render(`${B}?x={v}`, { entry: { v: value } });

    expect(rendering).toMatchObject({
      finalUrl: `${B}?x=a%20b%26c%3Dd%2F%C3%A9%2B%7Bamount%7D%0D%0AX`,
    });
  });
});

describe('renderTemplate', () => {
  it('keeps static text byte for byte', () => {
    const query = '&&a=%zz&a=+%2f%2F&;b&c==&d=%c3%a9&e=[1]&';

    expect(render(`${B}//p/%2f?${query}&x={affid}`)).toMatchObject({
      finalUrl: `${B}//p/%2f?${query}&x=101`,
    });
  });

  it('tells for every value its source, raw and encoded form', () => {
    const url = `${B}?a={v}&b={amount|cents}&c={nope|default:n/a}&d={gone}&e={amount}`;

    expect(render(url, { entry: { v: 'a b' } })).toMatchObject({
      values: [
        { name: 'v', source: 'entry', raw: 'a b', encoded: 'a%20b' },
        { name: 'amount', source: 'event', raw: '50', encoded: '5000' },
        { name: 'nope', source: 'default', raw: null, encoded: 'n%2Fa' },
        { name: 'gone', source: null, raw: null, encoded: '' },
        { name: 'amount', source: 'event', raw: '50', encoded: '50' },
      ],
    });
  });

  it('encodes a second time with enc2', () => {
    expect(render(`${B}?x={v|enc2}`, { entry: { v: 'a b' } })).toMatchObject({
      finalUrl: `${B}?x=a%2520b`,
    });
  });

  describe('with an unresolved placeholder', () => {
    const url = `${B}/{gone}?a={gone}&b=1&c=x{gone}{affid}`;

    it.each<[UnresolvedPolicy, string]>([
      ['EMPTY', `${B}/?a=&b=1&c=x101`],
      ['OMIT_PARAM', `${B}/?b=1`],
      ['LITERAL', `${B}/%7Bgone%7D?a=%7Bgone%7D&b=1&c=x%7Bgone%7D101`],
    ])('renders by %s', (unresolved, finalUrl) => {
      expect(render(url, { unresolved })).toMatchObject({ finalUrl, unresolved: ['gone'] });
    });

    it('does not send by SKIP', () => {
      expect(render(url, { unresolved: 'SKIP' })).toMatchObject({
        kind: 'skipped',
        reason: 'UNRESOLVED_PLACEHOLDER',
        names: ['gone'],
      });
    });

    it('keeps the modifiers of a literal', () => {
      expect(render(`${B}?a={gone|fixed:2}`, { unresolved: 'LITERAL' })).toMatchObject({
        finalUrl: `${B}?a=%7Bgone%7Cfixed%3A2%7D`,
      });
    });
  });

  it.each([
    [`${B}?a={gone}`, B],
    [`${B}?a={gone}&b={gone}`, B],
    [`${B}?a={gone}&b={affid}`, `${B}?b=101`],
    [`${B}?b={affid}&a={gone}`, `${B}?b=101`],
    [`${B}?b={affid}&a={gone}&c=1`, `${B}?b=101&c=1`],
    [`${B}?{gone}=1&c=1`, `${B}?c=1`],
    [`${B}/{affid}?`, `${B}/101?`],
  ])('closes the gap that OMIT_PARAM leaves in %s', (url, finalUrl) => {
    expect(render(url, { unresolved: 'OMIT_PARAM' })).toMatchObject({ finalUrl });
  });

  describe('with a present but empty value', () => {
    const entry = { v: '' };

    it.each<[string, UnresolvedPolicy, string, string[]]>([
      ['x={v}', 'EMPTY', '?x=', []],
      ['x={v}', 'LITERAL', '?x=', []],
      ['x={v}', 'SKIP', '?x=', []],
      ['x={v}', 'OMIT_PARAM', '', ['v']],
      ['x={v|default:none}', 'OMIT_PARAM', '?x=none', []],
    ])('renders %s by %s as %j', (query, policy, rendered, unresolved) => {
      const finalUrl = `${B}${rendered}`;

      expect(render(`${B}?${query}`, { entry, unresolved: policy })).toMatchObject({
        finalUrl,
        unresolved,
      });
    });

    it('misses it when it is required', () => {
      expect(render(`${B}?x={v}`, { entry, required: ['v'] })).toMatchObject({
        kind: 'skipped',
        reason: 'REQUIRED_VALUE_MISSING',
        names: ['v'],
      });
    });
  });

  it('misses a required value that the template does not use or fills by default', () => {
    const rendering = render(`${B}?x={v|default:1}`, { required: ['v', 'w', 'affid'] });

    expect(rendering).toMatchObject({ reason: 'REQUIRED_VALUE_MISSING', names: ['v', 'w'] });
  });

  it('leaves a raw value as it is in the query', () => {
    const v = 'https://a.example/?q=1&r=%20';

    expect(render(`${B}?u={v|raw}`, { entry: { v } })).toMatchObject({ finalUrl: `${B}?u=${v}` });
  });

  it.each(['a b', 'a\r\nb', 'a#b', 'é', 'a"b', 'a\\b', "a'b", 'a\u0000'])(
    'counts the raw value %j as unresolved',
    (v) => {
      expect(render(`${B}?u={v|raw}`, { entry: { v } })).toMatchObject({
        finalUrl: `${B}?u=`,
        unresolved: ['v'],
        values: [{ name: 'v', raw: v, encoded: '' }],
      });
    },
  );

  it.each([
    ['/{v}/x', '..', ['v']],
    ['/{v}', '.', ['v']],
    ['/.{v}/x', '.', ['v']],
    ['/.{gone}/x', '', ['gone']],
    ['/%2e{v}', '.', ['v']],
    ['/{v}{w}', '.', ['v', 'w']],
  ])('does not send %s with %j, which would be another path', (path, v, names) => {
    expect(render(`${B}${path}`, { entry: { v, w: '.' } })).toMatchObject({
      kind: 'skipped',
      reason: 'UNSAFE_PATH_VALUE',
      names,
    });
  });

  it('counts a value that its modifiers grow over 8,192 characters as unresolved', () => {
    const entry = { v: 'é'.repeat(1024) };

    expect(render(`${B}?x={v|enc2}`, { entry })).toMatchObject({ unresolved: [] });
    expect(render(`${B}?x={v|enc2|enc2}`, { entry })).toMatchObject({
      finalUrl: `${B}?x=`,
      unresolved: ['v'],
      values: [{ name: 'v', encoded: '' }],
    });
  });

  it('does not send a URL of more than 16,384 characters', () => {
    const entry = { v: 'x'.repeat(1024) };
    const url = `${B}?x=${'{v}'.repeat(15)}&y=`;
    const fit = url + 'y'.repeat(16_384 - 15 * 1024 - B.length - '?x=&y='.length);

    expect(renderedUrl(fit, { entry })).toHaveLength(16_384);
    expect(render(`${fit}y`, { entry })).toEqual({
      kind: 'skipped',
      reason: 'URL_TOO_LONG',
      names: [],
      values: [{ name: 'v', source: 'entry', raw: entry.v, encoded: '' }],
    });
  });

  it('does not mind dots that make no dot segment', () => {
    expect(render(`${B}/{v}/x?y={v}`, { entry: { v: '...' } })).toMatchObject({
      finalUrl: `${B}/.../x?y=...`,
    });
    expect(render(`${B}/x?y={v}`, { entry: { v: '..' } })).toMatchObject({
      finalUrl: `${B}/x?y=..`,
    });
  });

  it('signs the URL without the pair of the signature', () => {
    const unsigned = `${B}?x=101&ts=1772366405`;
    const sig = createHmac('sha256', 'secret').update(unsigned).digest('hex');
    const url = `${B}?x={affid}&s={sig}&ts={sig_ts}`;

    expect(render(url, { secret: 'secret', required: ['sig'] })).toMatchObject({
      finalUrl: `${B}?x=101&s=${sig}&ts=1772366405`,
      unresolved: [],
    });
    expect(render(url)).toMatchObject({ unresolved: ['sig'] });
  });

  it('lets the name signature stay an entry parameter of a click that carries it', () => {
    const entry = { signature: 'mine' };

    expect(render(`${B}?s={signature}`, { entry, secret: 'secret' })).toMatchObject({
      finalUrl: `${B}?s=mine`,
    });
    expect(render(`${B}?s={signature}`, { secret: 'secret' })).toMatchObject({ unresolved: [] });
  });

  it('gives the same result for the same facts', () => {
    const url = `${B}?x={affid}&t={fire_time}&p={postback_id}`;

    expect(render(url)).toEqual(render(url));
  });
});

describe('renderTemplate, for any value', () => {
  const anyValue = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    fc.array(fc.constantFrom(...'.%2eE2f/\\?&=#@:+ {}\r\n\0[]|"')).map((parts) => parts.join('')),
  );

  it('arrives unchanged in its query parameter and injects nothing', () => {
    fc.assert(
      fc.property(anyValue, (v) => {
        const finalUrl = renderedUrl(`${B}?before=1&v={v}&after={v}x`, { entry: { v } });
        const url = new URL(finalUrl);

        expect([...url.searchParams]).toEqual([
          ['before', '1'],
          ['v', v.toWellFormed()],
          ['after', `${v}x`.toWellFormed()],
        ]);
        expect(url.href).toBe(finalUrl);
        expect(url.href.startsWith(`${B}?`)).toBe(true);
        expect(url.hash).toBe('');
      }),
    );
  });

  it('stays one path segment or is not sent', () => {
    fc.assert(
      fc.property(anyValue, (v) => {
        const rendering = render(`${B}/{v}/end?x=1`, { entry: { v } });
        if (rendering.kind === 'skipped') {
          expect(v).toMatch(/^\.{1,2}$/);
          return;
        }
        const url = new URL(rendering.finalUrl);

        const segments = url.pathname.split('/').map(decodeURIComponent);
        expect(segments).toEqual(['', 'postback', v.toWellFormed(), 'end']);
        expect(url.search).toBe('?x=1');
        expect(url.origin).toBe('https://affiliate.example');
      }),
    );
  });

  it('never throws, and always calls the host of the template with one line', () => {
    const piece = fc.constantFrom(
      ...['{v}', '{v|raw}', '{v|upper|first:3}', '{v|date:iso}', '{v|fixed:2|cents}', '{v|enc2}'],
      ...['{gone}', '{affid}', '{v|map:a=b}', '/', '?', '&', '=', '.', '%2e', '%41', 'x', '@', ':'],
    );
    const policy = fc.constantFrom<UnresolvedPolicy>('EMPTY', 'OMIT_PARAM', 'SKIP', 'LITERAL');
    let rendered = 0;
    fc.assert(
      fc.property(fc.array(piece), anyValue, policy, (pieces, v, unresolved) => {
        const url = `${B}${pieces.join('')}`;
        if (!parseTemplate(url).ok) return;
        const rendering = render(url, { entry: { v }, unresolved });
        if (rendering.kind === 'skipped') return;

        rendered += 1;
        expect(new URL(rendering.finalUrl).origin).toBe('https://affiliate.example');
        expect(new URL(rendering.finalUrl).href).toBe(rendering.finalUrl);
        expect(rendering.finalUrl).toMatch(/^[!-~]+$/);
        expect(rendering.finalUrl).not.toContain('#');
      }),
      { numRuns: 1000 },
    );
    expect(rendered).toBeGreaterThan(200);
  });

  it('gives the same from what it kept, when names are others and the secret is gone', () => {
    const url =
      `${B}/{campaign_name|first:3}?c={campaign_name}&o={offer_name|upper}&again={campaign_name}` +
      '&h={affclickid|hmac}&none={gone|hmac}&amount={amount}&sig={sig}';
    const then = render(url, { entryUrl: CLICK, secret: 'secret' });
    if (then.kind === 'skipped') throw new Error(then.reason);

    const later = { entryUrl: CLICK, campaignName: 'Renamed', offerName: 'Renamed' };

    expect(render(url, { ...later, kept: then.kept })).toEqual(then);
    expect(render(url, later)).not.toEqual(then);
    expect(then.kept.map(([written]) => written)).toEqual([
      ...['campaign_name|first:3', 'campaign_name', 'offer_name|upper', 'affclickid|hmac', 'sig'],
    ]);
    expect(render(`${B}?a={amount}&id={affclickid}`)).toMatchObject({ kept: [] });
  });

  it('drops exactly its own pair under OMIT_PARAM', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (present) => {
        const pairs = present.map((is, index) => `k${index}={${is ? 'affid' : 'gone'}}`);
        const finalUrl = renderedUrl(`${B}?${pairs.join('&')}`, { unresolved: 'OMIT_PARAM' });

        const kept = present.flatMap((is, index) => (is ? [`k${index}`] : []));
        expect([...new URL(finalUrl).searchParams.keys()]).toEqual(kept);
        expect(finalUrl).not.toMatch(/[?&]$|&&|\?&/);
      }),
    );
  });
});

type Case = Partial<RenderOptions> & {
  entryUrl?: string;
  entry?: Record<string, string>;
  campaignName?: string;
  offerName?: string;
};

function render(url: string, { entryUrl = LINK, entry = {}, ...more }: Case = {}) {
  const { campaignName = 'Spring campaign', offerName = 'Spring offer', ...options } = more;
  const reading = parseTemplate(url, { hasSecret: true });
  if (!reading.ok) throw new Error(reading.refusals.map(({ message }) => message).join('; '));
  const { affid, campaign, parameters } = readEntryUrl(entryUrl);
  const own = Object.entries(entry).map(([name, value]) => ({ name, value }));
  const values = placeholderValues({
    affid,
    partnerType: 'AFFILIATE',
    campaign,
    campaignName,
    offerId: 'spring',
    offerName,
    clickId: 'clk_1',
    clickTime: new Date('2026-03-01T11:30:00Z'),
    ip: null,
    userAgent: null,
    referrer: null,
    language: null,
    country: null,
    region: null,
    city: null,
    entryParameters: [...parameters, ...own],
    event: {
      id: 'evt_1',
      conversionId: null,
      type: 'FirstDeposit',
      status: 'APPROVED',
      amount: '50.00',
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

function renderedUrl(url: string, given: Case): string {
  const rendering = render(url, given);
  if (rendering.kind === 'skipped') throw new Error(`skipped: ${rendering.reason}`);
  return rendering.finalUrl;
}
