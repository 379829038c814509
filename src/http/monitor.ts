import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { problem, reply } from './answers.ts';
import { ANSWER_HEADERS, pageHeaders } from './security-headers.ts';

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** A built file in the forms it is sent in. `null` stands for uncompressed. */
type BuiltFile = {
  headers: Record<string, string>;
  etag: string;
  bodies: ReadonlyMap<string | null, Buffer>;
};

const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** The name holds a hash of the content. */
const FOR_EVER = 'public, max-age=31536000, immutable';

const NOT_BUILT =
  'the monitor page is not built: run `node scripts/setup.mjs` in the folder of Volley and start it again';

/**
 * The monitor page, by exact path: what the build made is read into memory once, so no request ever
 * reaches the file system. Without a build there is one sentence at the page's address.
 */
export function openMonitor(dist: string): ReadonlyMap<string, Serve> {
  const page = join(dist, 'index.html');
  if (!existsSync(page)) {
    return new Map([['/monitor', (_request, response) => reply(response, notBuilt())]]);
  }
  const serve = serveFile.bind(null, readBuilt(page, pageHeaders()));
  const assets = join(dist, 'assets');
  const routes = readdirSync(assets)
    .filter((name) => !/\.(br|gz)$/.test(name))
    .map((name): [string, Serve] => {
      const headers = {
        'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
        'cache-control': FOR_EVER,
        'cross-origin-resource-policy': 'same-origin',
      };
      const file = readBuilt(join(assets, name), headers);
      return [`/monitor/assets/${name}`, serveFile.bind(null, file)];
    });
  return new Map([['/monitor', serve], ['/monitor/', serve], ...routes]);
}

function notBuilt() {
  return problem(503, NOT_BUILT, 'UNAVAILABLE');
}

function readBuilt(path: string, headers: Record<string, string>): BuiltFile {
  const content = readFileSync(path);
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  const bodies = new Map<string | null, Buffer>([[null, content]]);
  for (const [coding, ending] of [
    ['br', 'br'],
    ['gzip', 'gz'],
  ] as const) {
    if (existsSync(`${path}.${ending}`)) bodies.set(coding, readFileSync(`${path}.${ending}`));
  }
  return {
    headers: { ...ANSWER_HEADERS, 'cache-control': 'no-cache', ...headers },
    etag: hash,
    bodies,
  };
}

function serveFile(file: BuiltFile, request: IncomingMessage, response: ServerResponse): void {
  const coding = chooseCoding(request.headers['accept-encoding'] ?? '', file);
  const body = file.bodies.get(coding) as Buffer;
  const etag = `"${file.etag}${coding ? `-${coding}` : ''}"`;
  const headers = { ...file.headers, etag, vary: 'accept-encoding' };
  const known = request.headers['if-none-match'] ?? '';
  if (known.split(/\s*,\s*/).some((tag) => tag.replace(/^W\//, '') === etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    ...(coding && { 'content-encoding': coding }),
    'content-length': String(body.length),
  });
  response.end(body);
}

/** The smallest form that the client takes; `;q=0` means that it does not. */
function chooseCoding(accepted: string, { bodies }: BuiltFile): string | null {
  const taken = accepted
    .split(',')
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]);
  return ['br', 'gzip'].find((coding) => taken.includes(coding) && bodies.has(coding)) ?? null;
}
