import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildEntryUrl, checkLinkParameters, readEntryUrl } from '../../../src/clicks/entry-url.ts';

const base = '/click?affid=101&campaign=2001';

describe('readEntryUrl', () => {
  it('takes affid and campaign out and keeps every other parameter', () => {
    expect(readEntryUrl(`${base}&affclickid=1122223444455565666&utm-x=a.b`)).toEqual({
      affid: '101',
      campaign: '2001',
      parameters: [
        { name: 'affclickid', value: '1122223444455565666' },
        { name: 'utm-x', value: 'a.b' },
      ],
      warnings: [],
      issues: [],
    });
  });

  it('reads an absolute entry URL like a relative one', () => {
    const absolute = readEntryUrl(`https://tracking.example${base}&affclickid=a+b`);

    expect(absolute).toEqual(readEntryUrl(`${base}&affclickid=a+b`));
    expect(absolute.parameters).toEqual([{ name: 'affclickid', value: 'a+b' }]);
  });

  it('decodes escapes once and keeps a plus (G7, G8)', () => {
    const { parameters } = readEntryUrl(`${base}&one=a%2Bb%2F%3D&two=a+b`);

    expect(parameters.map(({ value }) => value)).toEqual(['a+b/=', 'a+b']);
  });

  it.each(['clickid', 'ClickID', 'CLICKID'])('drops %s with a warning (G10)', (name) => {
    const { parameters, warnings, issues } = readEntryUrl(`${base}&${name}=abc123&trackid=7`);

    expect(parameters).toEqual([{ name: 'trackid', value: '7' }]);
    expect(warnings).toEqual([`${name} left out: clickid is reserved`]);
    expect(issues).toEqual([]);
  });

  it('allows click_id without a warning', () => {
    const { parameters, warnings } = readEntryUrl(`${base}&click_id=7`);

    expect(parameters).toEqual([{ name: 'click_id', value: '7' }]);
    expect(warnings).toEqual([]);
  });

  it('lets the first value of a repeated name win, with a warning', () => {
    const { affid, parameters, warnings } = readEntryUrl(`${base}&x=1&x=2&affid=999`);

    expect(affid).toBe('101');
    expect(parameters).toEqual([{ name: 'x', value: '1' }]);
    expect(warnings).toEqual([
      'x given again: the first value counts',
      'affid given again: the first value counts',
    ]);
  });

  it('keeps aliases and other letter cases of system names as ordinary parameters', () => {
    const { affid, parameters } = readEntryUrl(`${base}&aff_id=5&AFFID=6`);

    expect(affid).toBe('101');
    expect(parameters.map(({ name }) => name)).toEqual(['aff_id', 'AFFID']);
  });

  it('keeps the first 50 parameters and says how many were too many', () => {
    const query = Array.from({ length: 53 }, (_, index) => `p${index}=1`).join('&');

    const { parameters, warnings } = readEntryUrl(`${base}&${query}`);

    expect(parameters).toHaveLength(50);
    expect(parameters.at(-1)?.name).toBe('p49');
    expect(warnings).toEqual(['3 parameter(s) left out: a click keeps 50 parameters at most']);
  });

  it('keeps a name of 64 characters and leaves out one of 65', () => {
    const { parameters, warnings } = readEntryUrl(
      `${base}&${'a'.repeat(64)}=1&${'b'.repeat(65)}=2`,
    );

    expect(parameters.map(({ name }) => name)).toEqual(['a'.repeat(64)]);
    expect(warnings).toEqual([
      'parameter 4 left out: its name has 65 characters, 64 at most are allowed',
    ]);
  });

  it('keeps a value of 1,024 characters and leaves out one of 1,025 whole', () => {
    const { parameters, warnings } = readEntryUrl(
      `${base}&a=${'%F0%9F%98%80'.repeat(1024)}&b=${'x'.repeat(1025)}`,
    );

    expect(parameters).toEqual([{ name: 'a', value: '😀'.repeat(1024) }]);
    expect(warnings).toEqual([
      'b left out: its value has 1025 characters, 1024 at most are allowed',
    ]);
  });

  it('leaves out names with characters outside the allowed set', () => {
    const { parameters, warnings } = readEntryUrl(`${base}&a%20b=1&c[]=2&ok=3`);

    expect(parameters).toEqual([{ name: 'ok', value: '3' }]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('parameter 3 left out');
  });

  it('leaves out a value with a NUL character, which the database cannot hold', () => {
    const { parameters, warnings } = readEntryUrl(`${base}&a=x%00y&b=x%0Ay`);

    expect(parameters).toEqual([{ name: 'b', value: 'x\ny' }]);
    expect(warnings[0]).toContain('NUL');
  });

  it('ignores the fragment with a warning', () => {
    const { parameters, warnings } = readEntryUrl(`${base}&a=1#&b=2`);

    expect(parameters).toEqual([{ name: 'a', value: '1' }]);
    expect(warnings).toEqual(['the text after # left out: browsers do not send it']);
  });

  it.each([
    ['/click', ['affid is missing', 'campaign is missing']],
    ['/click?affid=&campaign=2001', ['affid is missing']],
    ['/click?affid=1%2F2&campaign=2001', ['affid must be 1 to 64 characters']],
    [`/click?affid=101&campaign=${'9'.repeat(65)}`, ['campaign must be 1 to 64 characters']],
    ['clicks.example/click?affid=1&campaign=2', ['the entry URL must be absolute']],
    ['/clicker?affid=1&campaign=2', ['the entry URL must be absolute']],
    ['/click?affid=1&campaign=2\n', ['the entry URL holds a control character']],
    ['/click?affid=1&campaign=2&x=\ud800', ['the entry URL is not well-formed']],
  ])('finds no click in %j', (entryUrl, starts) => {
    const { issues } = readEntryUrl(entryUrl);

    expect(issues).toHaveLength(starts.length);
    for (const [index, start] of starts.entries()) expect(issues[index]).toContain(start);
  });

  it('lists at most 50 warnings, the last one telling how many more there were', () => {
    const { warnings } = readEntryUrl(`${base}${'&x=1'.repeat(200)}`);

    expect(warnings).toHaveLength(50);
    expect(warnings.at(-1)).toBe('150 further warnings');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void readEntryUrl(`${base}&${text}`)),
    );
  });
});

describe('checkLinkParameters', () => {
  it('accepts what a live click would keep', () => {
    const parameters = [
      { name: 'affclickid', value: '{gclid}' },
      { name: 'click_id', value: '' },
    ];

    expect(checkLinkParameters(parameters)).toEqual([]);
  });

  it.each([
    ['ClickId', 'reserved'],
    ['affid', 'set by the link itself'],
    ['Campaign', 'set by the link itself'],
    ['', 'must be made of'],
    ['a b', 'must be made of'],
    ['a'.repeat(65), '65 characters, 64 at most'],
  ])('refuses the name %j', (name, reason) => {
    const issues = checkLinkParameters([{ name, value: 'x' }]);

    expect(issues).toHaveLength(1);
    expect(issues[0]?.path).toEqual(['parameters', '0', 'name']);
    expect(issues[0]?.message).toContain(reason);
  });

  it('refuses long values, duplicates and too many parameters, all at once', () => {
    const parameters = Array.from({ length: 51 }, (_, index) => ({
      name: `p${index % 50}`,
      value: index === 7 ? 'x'.repeat(1025) : '',
    }));

    expect(checkLinkParameters(parameters)).toEqual([
      { path: ['parameters'], message: '51 parameters given, 50 at most are allowed' },
      {
        path: ['parameters', '7', 'value'],
        message: 'the value has 1025 characters, 1024 at most are allowed',
      },
      { path: ['parameters', '50', 'name'], message: '"p0" is declared twice' },
    ]);
  });
});

describe('buildEntryUrl', () => {
  it('builds a URL that is ready to paste', () => {
    const parameters = [{ name: 'affclickid', value: 'a b+c&d' }];

    expect(buildEntryUrl('https://track.example/', '101', '2001', parameters)).toBe(
      'https://track.example/click?affid=101&campaign=2001&affclickid=a%20b%2Bc%26d',
    );
  });

  it.each([
    '{gclid}',
    '{{ad.id}}',
    ['$', '{SUB_ID}'].join(''),
    '[SUB]',
    '%%SUB%%',
    '__CLICKID__',
    '{keyword:none}',
  ])('leaves the traffic source macro %s as typed', (value) => {
    const url = buildEntryUrl('https://track.example', '1', '2', [{ name: 'x', value }]);

    expect(url).toBe(`https://track.example/click?affid=1&campaign=2&x=${value}`);
    expect(readEntryUrl(url).parameters).toEqual([{ name: 'x', value }]);
  });

  it('encodes a value that only contains a macro', () => {
    const url = buildEntryUrl('https://track.example', '1', '2', [
      { name: 'x', value: '{a}&b={c}' },
    ]);

    expect(url).toMatch(/&x=%7Ba%7D%26b%3D%7Bc%7D$/);
  });

  it('reads back as the parameters it was built from', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/);
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^(?:%%[A-Z_][A-Z0-9_]*%%|\[[A-Z]+\]|\{[a-z]+\})$/),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name, value }), { selector: (p) => p.name }),
        (given) => {
          fc.pre(given.length <= 50 && checkLinkParameters(given).length === 0);

          const url = buildEntryUrl('https://track.example', '101', '2001', given);

          expect(readEntryUrl(url)).toEqual({
            affid: '101',
            campaign: '2001',
            parameters: given,
            warnings: [],
            issues: [],
          });
        },
      ),
    );
  });
});
