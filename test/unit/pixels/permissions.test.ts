import { describe, expect, it } from 'vitest';
import { findUnpermitted, maskVisitorData } from '../../../src/pixels/permissions.ts';

const B = 'https://affiliate.example/p';

function refusals(url: string, granted: Parameters<typeof findUnpermitted>[1] = [], body?: string) {
  return findUnpermitted({ url, body: body ?? null }, granted);
}

describe('findUnpermitted', () => {
  it.each([
    ['ip', 'IP'],
    ['user_agent', 'uagent', 'ua', 'UA'],
    ['customer_id', 'user_id', 'player_id', 'registration_id', 'Player_Id'],
  ])('names {%s} and its aliases, with the fix', (...names) => {
    for (const name of names) {
      const [issue, ...more] = refusals(`${B}?x={${name}|sha256}`);

      expect(more).toEqual([]);
      expect(issue?.path).toEqual(['url']);
      expect(issue?.message).toContain(`{${name}|sha256}`);
      expect(issue?.message).toMatch(/permission VISITOR_DATA.*ask a manager .*leave it out/);
      expect(issue?.message).toContain(names[0]);
    }
  });

  it('names raw, in whatever it stands', () => {
    expect(refusals(`${B}?x={affclickid|raw}`)).toEqual([
      {
        path: ['url'],
        message: expect.stringMatching(
          /^\{affclickid\|raw\} .*permission RAW_VALUES.*leave \|raw out/,
        ),
      },
    ]);
    expect(refusals(`${B}?x={ip|raw}`)).toHaveLength(2);
    expect(refusals(`${B}?x={ip|raw}`, ['RAW_VALUES'])).toHaveLength(1);
  });

  it('looks at the body as well', () => {
    const issues = refusals(`${B}?x={affid}`, [], '{"who":{customer_id}}');

    expect(issues).toMatchObject([{ path: ['body'] }]);
  });

  it('finds nothing in what is granted, allowed to everybody, or no template', () => {
    const needsAll = `${B}?a={ip}&b={ua}&c={customer_id}&d={affclickid|raw}`;
    expect(refusals(needsAll, ['VISITOR_DATA', 'RAW_VALUES'])).toEqual([]);
    expect(refusals(needsAll, null)).toEqual([]);
    expect(refusals(`${B}?a={affclickid}&b={os}&c={referrer}&d={click_time}`)).toEqual([]);
    expect(refusals(`${B}?a={ip`)).toEqual([]);
  });
});

describe('maskVisitorData', () => {
  it.each([
    [`${B}?a={affid}&b={amount}`, `${B}?a=101&b=50`, `${B}?a=101&b=50`],
    [`${B}?a={affid}&ip={ip}&b=1`, `${B}?a=101&ip=192.0.2.1&b=1`, `${B}?a=101&ip=***&b=1`],
    [`${B}?u=x{ua|md5}y&b=1`, `${B}?u=x0cc175b9y&b=1`, `${B}?u=x***&b=1`],
    // Left out of the call under OMIT_PARAM: the pairs after it are not its own.
    [`${B}?ip={ip}&b={affid}`, `${B}?b=101`, `${B}?b=101`],
    [`${B}/{ip}/x?b={affid}`, `${B}/192.0.2.1/x?b=101`, `${B}/***/x?b=101`],
    [`${B}?{affid}={ip}&b=1`, `${B}?101=192.0.2.1&b=1`, `${B}?***`],
    // A raw value may hold an ampersand of its own.
    [`${B}?c={customer_id|raw}&b=1`, `${B}?c=1&d=2&b=1`, `${B}?***`],
    [`${B}?a={affid}-{player_id}`, `${B}?a=101-c4711`, `${B}?a=***`],
  ])('of %s shows %s as %s', (template, finalUrl, shown) => {
    expect(maskVisitorData(finalUrl, template)).toBe(shown);
  });
});
