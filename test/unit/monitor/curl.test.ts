import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { toCurl } from '../../../monitor/src/curl.ts';
import { visitHref } from '../../../monitor/src/visit-href.ts';

test('a shell gives curl the URL to the letter, whatever stands in it', () => {
  const url = `https://affiliate.example/?q='; echo $HOME \`id\` "\\`;
  const command = toCurl('POST', url).replace(/^curl/, "printf '%s\\n'");

  const told = execFileSync('sh', ['-c', command]).toString();

  expect(told).toBe(`-i\n-X\nPOST\n${url}\n`);
});

test('and the body, as what it was sent', () => {
  const text = `{"q":"it's $HOME"}`;
  const command = toCurl('POST', 'https://affiliate.example/', {
    text,
    contentType: 'application/json',
  });
  const told = execFileSync('sh', ['-c', command.replace(/^curl/, "printf '%s\\n'")]).toString();

  expect(told.split('\n').slice(4, 8)).toEqual([
    ...['-H', 'content-type: application/json'],
    ...['--data-raw', text],
  ]);
});

test.each([
  ['javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['//evil.example/click', null],
  ['/click?affid=101', '/click?affid=101'],
  ['https://volley.example/click?affid=101', 'https://volley.example/click?affid=101'],
  [null, null],
])('an entry URL %s becomes the link %s', (entryUrl, href) => {
  expect(visitHref(entryUrl)).toBe(href);
});
