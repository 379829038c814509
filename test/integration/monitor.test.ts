import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMonitor } from '../../src/http/monitor.ts';
import { makeApp, type TestApp } from '../support/make-app.ts';
import { sendRaw } from '../support/raw-http.ts';

let volley: TestApp;
beforeAll(async () => {
  volley = await makeApp({ VOLLEY_ENV: 'production' });
});
afterAll(() => volley[Symbol.asyncDispose]());

const ask = (path: string, init: RequestInit = {}) => volley.as(null).fetch(path, init);

/** Where the page says that its script is. */
async function findScript(): Promise<string> {
  return /src="([^"]+\.js)"/.exec(await (await ask('/monitor')).text())?.[1] ?? '';
}

test('the page needs no key, runs nothing but its own files, and is asked for anew', async () => {
  const answer = await ask('/monitor');
  const page = await answer.text();

  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self';");
  expect(policy).toMatch(/style-src 'self'$/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(page).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/);
  expect(await (await ask('/monitor/')).text()).toBe(page);
});

test('a file whose name holds its hash is kept for ever, and comes compressed to who takes it', async () => {
  const path = await findScript();
  const brotli = await ask(path, { headers: { 'accept-encoding': 'gzip, br' } });
  const plain = await ask(path, { headers: { 'accept-encoding': 'br;q=0, identity' } });

  expect(brotli.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(brotli.headers.get('content-encoding')).toBe('br');
  expect(plain.headers.get('content-encoding')).toBe(null);
  expect(brotli.headers.get('vary')).toBe('accept-encoding');
  expect(await brotli.text()).toBe(await plain.text());
  expect(brotli.headers.get('etag')).not.toBe(plain.headers.get('etag'));
});

test('who has the page already is told so, and HEAD gets the headers alone', async () => {
  const etag = (await ask('/monitor')).headers.get('etag') ?? '';
  const known = await ask('/monitor', { headers: { 'if-none-match': `"x", ${etag}` } });
  const head = await ask('/monitor', { method: 'HEAD' });

  expect(known.status).toBe(304);
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
});

test.each([
  '/monitor/index.html',
  '/monitor/assets/',
  '/monitor/assets/../index.html',
  '/monitor/assets/..%2f..%2f..%2fpackage.json',
  '/monitor/.volley-setup',
  '/monitor/%2e%2e/package.json',
])('no path reaches the file system: %s', async (path) => {
  const answer = await sendRaw(
    volley.url,
    `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
  );

  expect(answer).toMatch(/^HTTP\/1\.1 404/);
});

test('without a build there is one sentence that says what to run', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'volley-monitor-'));
  const routes = openMonitor(empty);
  rmSync(empty, { recursive: true });
  const server = createServer((request, response) => routes.get('/monitor')?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const { port } = server.address() as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}/monitor`);
  server.close();

  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('node scripts/setup.mjs');
});
