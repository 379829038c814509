import { describe, expect, it } from 'vitest';
import { convertTemplate } from '../../../src/pixels/convert.ts';
import { lintTemplate } from '../../../src/pixels/lint-template.ts';
import type { ModifierContext } from '../../../src/pixels/modifiers.ts';
import { parseTemplate, type Template } from '../../../src/pixels/template.ts';
import type { TemplateRefusal } from '../../../src/pixels/tokens.ts';

const B = 'https://affiliate.example/postback';

describe('parseTemplate', () => {
  it('takes a template apart', () => {
    const template = accept(`${B}/{affid}?x={affclickid}&y=1`);

    expect(template.origin).toBe('https://affiliate.example');
    expect(template.segments).toHaveLength(3);
    expect(template.pairs).toHaveLength(2);
    expect(template.placeholders.map(({ name }) => name)).toEqual(['affid', 'affclickid']);
  });

  it.each([
    'http://affiliate.example/p?x={affid}',
    'https://affiliate.example:8443/p?x={affid}',
    'https://affiliate.example/?x={affid}',
    'https://affiliate.example/%c3%bc/[1]|2/{affid}?a=%zz|^`[]{affid}',
    'https://affiliate.example/{affid}',
    'https://[2001:db8::1]:8080/p?x={affid}',
    'https://affiliate.example/a&b/{affid}',
    'https://affiliate.example/p?{affid}=1',
    'https://affiliate.example/p?a=%zz&b=100%&x={affid}',
    'https://affiliate.example/p?x={affid|default:a/b?c#d@e}',
    'https://affiliate.example/@name/{affid}',
  ])('accepts %s', (url) => {
    expect(accept(url).url).toBe(url);
  });

  it('refuses a template without placeholder and offers one (G2)', () => {
    const [refusal] = refuse(`${B}?source=track360&type=signup`);

    expect(refusal?.message).toContain('no placeholder');
    expect(refusal?.fix).toBe(`${B}?source=track360&type=signup&click_id={affclickid}`);
    expect(refuse(B)[0]?.fix).toBe(`${B}?click_id={affclickid}`);
    expect(refuse(`${B}?`)[0]?.fix).toBe(`${B}?click_id={affclickid}`);
  });

  it.each([
    ['https://{affid}.example.com/p?x={amount}', 9, 'host'],
    ['https://affiliate.example{affid}/p?x=1', 26, 'host'],
    ['https://affiliate.example:{affid}/p', 27, 'port'],
    ['https://[2001:db8::1]{affid}/p', 22, 'host'],
    ['https://user:{affid}@affiliate.example/p', 14, 'user name or password'],
    ['{affid}://affiliate.example/p', 1, 'scheme'],
    ['https://%7Baffid%7D.example.com/p', 9, 'host'],
    ['https://{affid}', 9, 'host'],
  ])('refuses %s: position %i is in the %s (G12)', (url, position, part) => {
    const [refusal] = refuse(url);

    expect(refusal?.position).toBe(position);
    expect(refusal?.message).toContain(`position ${position} stands in the ${part}`);
  });

  it('refuses parameters without "?" and offers the fix (G13)', () => {
    expect(refuse(`${B}&x={affid}`)).toEqual([
      {
        message: `"?" is missing before the parameters at position 35; write ${B}?x={affid}`,
        position: 35,
        fix: `${B}?x={affid}`,
      },
    ]);
    expect(refuse(`${B}&x={affid}&y={amount}`)[0]?.fix).toBe(`${B}?x={affid}&y={amount}`);
  });

  it.each([
    ['affiliate.example/postback&x={affid}#top', 'https://affiliate.example/postback?x={affid}'],
    ['http://user@Affiliate.example/{{affid}}', 'http://affiliate.example/{affid}'],
    ['https://affiliate.example', 'https://affiliate.example/?click_id={affclickid}'],
    [`${B}?x={{affid}}&y={{amount}}`, `${B}?x={affid}&y={amount}`],
  ])('offers for %s, with several faults, one template without any', (url, fix) => {
    const refusals = refuse(url);

    expect(refusals.map((refusal) => refusal.fix).filter(Boolean)).toEqual([fix]);
    expect(
      refusals
        .map(({ message }) => message)
        .join()
        .split(fix),
    ).toHaveLength(2);
    expect(accept(fix).url).toBe(fix);
  });

  it.each([
    'javascript:{amount}',
    '{affclickid}',
    `${B}?x={click id}`,
    `${B}?x={amount|nothing}#top`,
    'https://affiliate.example\\@other.example/?x={affid}',
  ])('offers nothing for %s, of which nothing near would be accepted', (url) => {
    const refusals = refuse(url);

    expect(refusals.length).toBeGreaterThan(0);
    for (const { message, fix } of refusals) {
      expect(fix).toBeUndefined();
      expect(message).not.toContain('; write https');
    }
  });

  it('offers nothing that may not be called', () => {
    const context = { mayCall: (url: string) => !url.includes('localhost') };
    const reading = parseTemplate('localhost/?x={affid}', context);

    expect(reading).toMatchObject({ ok: false, refusals: [{ position: 1 }] });
    expect(JSON.stringify(reading)).not.toContain('https://localhost');
  });

  it('reads spaces around the bar of a modifier as none, with a notice', () => {
    const template = accept(`${B}/{affid | upper}?x={amount |fixed:2| default:0}`);

    expect(template.placeholders).toMatchObject([
      { name: 'affid', written: 'affid|upper' },
      { name: 'amount', written: 'amount|fixed:2|default:0' },
    ]);
    expect(template.notices).toEqual([
      '{affid | upper} at position 36 is read as {affid|upper}',
      '{amount |fixed:2| default:0} at position 54 is read as {amount|fixed:2|default:0}',
    ]);
    expect(accept(`${B}?x=%7Bamount%20%7Cfixed:2%7D`).placeholders).toMatchObject([
      { name: 'amount', written: 'amount|fixed:2' },
    ]);
  });

  it('refuses a fragment and offers the URL without it', () => {
    const [refusal] = refuse(`${B}?x={affid}#top`);

    expect(refusal).toMatchObject({ position: 45, fix: `${B}?x={affid}` });
  });

  it('refuses a user name and offers the URL without it', () => {
    const [refusal] = refuse('https://user:pw@affiliate.example/p?x={affid}');

    expect(refusal?.fix).toBe('https://affiliate.example/p?x={affid}');
  });

  it.each([
    ['ftp://affiliate.example/p?x={affid}', 'https://affiliate.example/p?x={affid}'],
    ['affiliate.example/p?x={affid}', 'https://affiliate.example/p?x={affid}'],
    ['//affiliate.example/p?x={affid}', 'https://affiliate.example/p?x={affid}'],
    [
      'affiliate.example/p?x={affid}&to=https://a.example/',
      'https://affiliate.example/p?x={affid}&to=https://a.example/',
    ],
    ['', undefined],
  ])('refuses %j for its scheme', (url, fix) => {
    const [refusal] = refuse(url);

    expect(refusal?.message).toContain('must start with https://');
    expect(refusal?.fix).toBe(fix);
  });

  it.each([
    'https:///p?x={affid}',
    'https://?x={affid}',
    'https://affiliate.example:99999/p?x={affid}',
    'https://a^b/p?x={affid}',
  ])('refuses %s, which names no host', (url) => {
    expect(refuse(url)[0]?.message).toContain('no valid host and port');
  });

  it.each([
    [`${B}?a=b c&x={affid}`, 39, `${B}?a=b%20c&x={affid}`],
    [`${B}?x={ affid }`, 39, `${B}?x={affid}`],
    [` ${B}?x={affid}\n`, 1, `${B}?x={affid}`],
    [`${B}?x={affid}&a=\r\nb`, 48, `${B}?x={affid}&a=b`],
    ['https://affiliate.example\\@other.example/?x={affid}', 26, undefined],
  ])('refuses spaces, control characters and backslashes in %j', (url, position, fix) => {
    const [refusal] = refuse(url);

    expect(refusal?.position).toBe(position);
    if (fix !== undefined) expect(refusal?.fix).toBe(fix);
  });

  it('accepts 2,048 characters and refuses 2,049 with the number', () => {
    const fit = `${B}?x={affid}&pad=`.padEnd(2048, 'x');

    expect(accept(fit).url).toBe(fit);
    expect(refuse(`${fit}x`)[0]?.message).toContain('2049 characters, 2048 at most');
  });

  it('refuses an escape that a value would complete', () => {
    expect(refuse(`${B}?x=%2{affid}`)[0]).toMatchObject({ position: 38 });
    expect(refuse(`${B}?x=%{affid}`)[0]?.message).toContain('%25');
  });

  it('refuses raw in the path', () => {
    expect(refuse(`${B}/{affclickid|raw}`)[0]?.message).toContain('query only');
  });

  it('wants a secret for a signature and for hmac', () => {
    expect(refuse(`${B}?s={sig}`)[0]?.message).toContain('needs a secret');
    expect(refuse(`${B}?s={affid|hmac}`)[0]?.message).toContain('needs a secret');
    expect(parseTemplate(`${B}?s={sig}&h={affid|hmac}`, { hasSecret: true }).ok).toBe(true);
    expect(refuse(`${B}/{sig}`, { hasSecret: true })[0]?.message).toContain('query only');
  });

  it.each(['signature', 'Signature'])('holds {%s} to the query as {sig}', (alias) => {
    expect(refuse(`${B}/{${alias}}?x={affid}`)[0]?.message).toContain('query only');
    expect(refuse(`${B}/{${alias}}`, { hasSecret: true })[0]?.message).toContain('query only');
    expect(accept(`${B}?s={${alias}}`).placeholders).toHaveLength(1);
  });

  it.each([
    ['HTTPS://Affiliate.Example:8443/{affid}', 'https://affiliate.example:8443/{affid}', 1],
    ['https://affiliate.example?x={affid}', 'https://affiliate.example/?x={affid}', 26],
    ['http://affiliate.example:80/{affid}', 'http://affiliate.example/{affid}', 25],
    ['https://bücher.example/{affid}', 'https://xn--bcher-kva.example/{affid}', 9],
    [`${B}/ü/{affid}`, `${B}/%C3%BC/{affid}`, 36],
    [`${B}?a="<'>&x={affid}`, `${B}?a=%22%3C%27%3E&x={affid}`, 38],
    [`${B}/ü/../p?x={affid|lower}&y=%7Bamount%7D`, `${B}/p?x={affid|lower}&y=%7Bamount%7D`, 36],
    [`${B}/{affid}/../{amount}`, `${B}/{amount}`, 38],
    [`${B}/%2e/p?x={affid}`, `${B}/p?x={affid}`, 36],
  ])('refuses %s, which would be called as %s', (url, fix, position) => {
    expect(refuse(url)).toMatchObject([{ position, fix }]);
    expect(refuse(url)[0]?.message).toContain(`would be called as ${fix}`);
    expect(accept(fix).url).toBe(fix);
  });

  it('refuses more than 5 modifiers with the number and the place', () => {
    const many = `{affclickid${'|base64url'.repeat(70)}}`;

    expect(accept(`${B}?x={affid|trim|lower|upper|md5|sha1}`).placeholders).toHaveLength(1);
    expect(refuse(`${B}?x=${many}`)).toEqual([
      {
        message: '"{affclickid}" at position 38 has 70 modifiers, 5 at most are allowed',
        position: 38,
      },
    ]);
  });

  it('reads hostile templates in linear time', () => {
    const fill = (start: string, part: string, end = '') =>
      start + part.repeat(Math.floor((2048 - start.length - end.length) / part.length)) + end;
    const origin = 'https://a.example/?x=';
    const hostile = [
      fill(`${origin}{`, ' ', 'x'),
      fill(`${origin}{ `, ' x'),
      fill(origin, '{ '),
      fill(origin, '{'),
      fill(origin, '}'),
      fill(origin, '{{a}}'),
      fill(origin, '{{'),
      fill(origin, '%7B'),
      fill(`${origin}%7B`, 'a'),
      fill(origin, '{a}'),
      fill(origin, '{a|nope}'),
      fill(origin, '&'),
      fill('https://a.example/', '&a', '{a}'),
      fill('https://a.example/', '../', '{a}'),
      fill('https://', ':', `]${'{a}'.repeat(300)}`),
      fill('https://', '@', '{a}'),
      fill('https://a.example', '/', '{a}'),
      fill('a', ':'),
      fill(origin, '#a'),
      fill(origin, '%23a'),
    ];

    const startedAt = performance.now();
    for (const url of hostile) {
      parseTemplate(url);
      convertTemplate(url);
    }

    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('lists all faults in the order of the template', () => {
    const positions = refuse(`${B}?a={}&b={x|nope}&c={y#z`).map(({ position }) => position);

    expect(positions).toEqual([38, 43, 54, 56]);
    expect(refuse(`${B}?a={x}#b={}`).map(({ position }) => position)).toEqual([41, 44]);
    expect(refuse('https://{}{x}/').map(({ position }) => position)).toEqual([9, 11]);
  });
});

describe('lintTemplate', () => {
  it('has nothing to say about a clean template', () => {
    expect(lint(`${B}?x={affclickid}&y={amount}`, ['affclickid'])).toEqual([]);
  });

  it('guesses what an unknown placeholder was meant to be', () => {
    expect(lint(`${B}?x={afclickid}`)).toEqual([
      'unknown placeholder {afclickid}: it is filled from the entry parameter afclickid; ' +
        'did you mean {affclickid}?',
    ]);
  });

  it('guesses among the parameters the links carry', () => {
    expect(lint(`${B}?x={trakid}`, ['trackid'])[0]).toContain('did you mean {trackid}?');
  });

  it('says of a device fact when the link counts, and asks no link to carry it', () => {
    expect(lint(`${B}?x={os}`, ['os'])[0]).toMatch(/^\{os\} takes the entry parameter only of/);
    expect(lint(`${B}?x={os}`, ['other'])).toEqual([]);
  });

  it('accepts an unknown name that a link or click carries', () => {
    expect(lint(`${B}?x={trackid}`, ['trackid'])).toEqual([]);
  });

  it('tells when nobody carries the parameter', () => {
    expect(lint(`${B}?x={affclickid}`, ['other'])).toEqual([
      '{affclickid} needs the entry parameter affclickid, which ' +
        "none of the affiliate's tracking links or last 100 clicks carries",
    ]);
    expect(lint(`${B}?x={affclickid}`)).toEqual([]);
  });

  it('names the canonical placeholder of an alias and of odd letter case', () => {
    expect(lint(`${B}?x={sale_amount}&y={AffId}`)).toEqual([
      '{sale_amount} is another name of {amount}; prefer {amount}',
      '{AffId} is read as {affid}; prefer that letter case',
    ]);
  });

  it('reads required names as those of the template, once each', () => {
    const template = accept(`${B}?x={afclickid}`);

    expect(lintTemplate(template, { required: ['afclickid', 'affclickid', 'amuont'] })).toEqual([
      expect.stringMatching(/^unknown placeholder {afclickid}.*did you mean {affclickid}/),
      expect.stringMatching(/^required: unknown placeholder {amuont}.*did you mean {amount}/),
    ]);
    expect(lintTemplate(template, { required: ['sig'] })[1]).toContain('every postback is SKIPPED');
  });

  it('says that the alias of a signature has no value without a secret', () => {
    const template = accept(`${B}?s={signature}`);
    const none = '{signature} has no value without signed: true, unless the click carries';

    expect(lintTemplate(template, { signed: false })).toContainEqual(expect.stringContaining(none));
    for (const facts of [{ signed: true }, {}]) {
      expect(lintTemplate(template, facts).join()).not.toContain('no value');
    }
  });

  it('names clashes with an entry parameter', () => {
    expect(lint(`${B}?a={tid}&b={sum}&c={amount}`, ['tid', 'sum', 'amount'])).toEqual([
      '{tid} takes the entry parameter tid of clicks that carry it, not {transaction_id}',
      '{sum} is another name of {payout}; prefer {payout}',
      '{sum} never takes the entry parameter sum; it means: commission of the affiliate',
      '{amount} never takes the entry parameter amount; it means: amount of the event',
    ]);
  });

  it('does not advise against an alias the links really carry', () => {
    expect(lint(`${B}?x={external_id}`, ['external_id'])).toEqual([]);
  });

  it('warns of http, a second question mark and encoded braces', () => {
    expect(lint('http://affiliate.example/p?a=%7Baffid%7D?b=1')).toEqual([
      '%7Baffid%7D at position 30 is read as {affid}',
      'a second "?" is part of a value; parameters are joined by "&"',
      'the target is http: ids and amounts travel unencrypted; use https if it can',
    ]);
  });

  it('says everything about a repeated placeholder once', () => {
    expect(lint(`${B}?a={AFFID}&b={AFFID}`)).toHaveLength(1);
  });
});

function accept(url: string): Template {
  const reading = parseTemplate(url);
  if (!reading.ok) throw new Error(reading.refusals.map(({ message }) => message).join('; '));
  return reading.template;
}

function refuse(url: string, context?: Partial<ModifierContext>): TemplateRefusal[] {
  const reading = parseTemplate(url, context);
  return reading.ok ? [] : reading.refusals;
}

function lint(url: string, knownEntryNames?: string[]): string[] {
  return lintTemplate(accept(url), { knownEntryNames });
}
