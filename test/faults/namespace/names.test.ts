import { createServer, get } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { makeScene, rowIdIn, type Scene } from '../../support/scene.ts';
import { type DnsAnswer, startDnsServer } from '../support/dns-server.ts';
import { fireEverySpelling } from '../support/fire-spellings.ts';
import { NAME_SERVER } from '../support/namespace.ts';
import { INNER_ADDRESSES } from '../support/spellings.ts';

// Runs in a network of its own, where every address leads here: see ../support/namespace.ts.
const PUBLIC = '93.184.216.34';
const PUBLIC_6 = '2606:2800:220:1:248:1893:25c8:1946';
const OUTSIDE = new Set([PUBLIC, PUBLIC_6]);
/** Longer than a name without a TTL is kept: the least of src/postbacks/host-lookup.ts. */
const FORGOTTEN_MS = 5_200;

/** What names mean; a function is asked anew for every question. */
const names = new Map<string, DnsAnswer | ((family: 4 | 6) => DnsAnswer)>();
/** How often each name was asked for. */
const asked = new Map<string, number>();
/** Inner addresses that somebody connected to, and how often the public ones were called. */
const touched: string[] = [];
let called = 0;
let scene: Scene;
const open = new AsyncDisposableStack();

beforeAll(async () => {
  open.use(
    await startDnsServer(NAME_SERVER, (name, family) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      const said = names.get(name) ?? 'NXDOMAIN';
      return typeof said === 'function' ? said(family) : said;
    }),
  );
  const server = createServer((_request, response) => {
    called += 1;
    response.writeHead(200, { connection: 'close' }).end('ok');
  });
  server.on('connection', (socket: Socket) => {
    const address = socket.localAddress?.replace('::ffff:', '') ?? '';
    if (OUTSIDE.has(address)) return;
    touched.push(address);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(80, '::', resolve));
  open.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  scene = open.use(await makeScene({ VOLLEY_ALLOW_TARGETS: '' }));
});
afterAll(() => open.disposeAsync());
beforeEach(() => {
  names.clear();
  asked.clear();
  touched.length = 0;
  called = 0;
});

type Attempt = { state: string; status: number | null; error: string | null; ms: number };

/** Time for what was reported to be due. */
const DUE_MS = 5_000;

/** A pixel that calls a host: reports an event to it, and says what the log does of the last one. */
async function target(host: string) {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `http://${host}/?c={clickid}`, maxAttempts: 1 });
  const clickId = await scene.click(entryUrl);
  let reported = 0;
  return {
    async report(): Promise<void> {
      await scene.event(clickId);
      reported += 1;
    },
    async outcome(): Promise<Attempt> {
      const rows = await eventually(
        // An attempt that outlives its lease, as the clock is moved meanwhile, is made again and counts once.
        () =>
          scene.sql(`
            SELECT p.state::text, a.status_code AS status, a.error_kind AS error, a.duration_ms AS ms
            FROM postback_attempt a JOIN postback p ON p.id = a.postback_id
            WHERE p.affiliate_id = '${rowIdIn(affiliateId)}' AND NOT a.superseded ORDER BY a.id`),
        (found) => expect(found).toHaveLength(reported),
      );
      return rows.at(-1) as Attempt;
    },
  };
}

async function fire({ report, outcome }: Awaited<ReturnType<typeof target>>): Promise<Attempt> {
  await report();
  await scene.advance(DUE_MS);
  return outcome();
}

const fireAt = async (host: string) => fire(await target(host));
const DELIVERED = { state: 'DELIVERED', status: 200, error: null };
const REFUSED = { state: 'FAILED', status: null, error: 'ADDRESS_REFUSED' };
const UNKNOWN = { status: null, error: 'DNS' };

describe('fault 15', () => {
  test('this network shows who calls what', async () => {
    for (const host of ['10.0.0.7', '[::ffff:127.0.0.1]', '[fc00::7]']) {
      await new Promise((resolve) => get(`http://${host}/`).on('error', resolve));
    }

    expect(touched).toEqual(['10.0.0.7', '127.0.0.1', 'fc00::7']);
  });

  test('a public address is called, by its name and by itself', async () => {
    names.set('good.affiliate.example', { addresses: [PUBLIC] });
    names.set('six.affiliate.example', { addresses: [PUBLIC_6] });

    for (const host of ['good.affiliate.example', 'six.affiliate.example', PUBLIC]) {
      expect(await fireAt(host)).toMatchObject(DELIVERED);
    }
    expect(called).toBe(3);
  });

  test('no spelling of an inner address is, at save nor at fire', async () => {
    for (const name of ['localhost', 'foo.localhost', 'printer.local', 'db.internal']) {
      names.set(name, { addresses: ['127.0.0.1', '::1'] });
    }
    names.set('ip6-localhost', { addresses: ['::1'] });
    names.set('metadata.google.internal', { addresses: ['169.254.169.254'] });
    const outcomes = await fireEverySpelling(scene, [80]);
    console.log(Object.fromEntries(outcomes));

    expect(outcomes.size).toBeGreaterThanOrEqual(30);
    expect(touched).toEqual([]);
  });

  test('no name that leads to one is', async () => {
    const targets = await Promise.all(
      INNER_ADDRESSES.map((address, n) => {
        names.set(`inner${n}.affiliate.example`, { addresses: [address] });
        return target(`inner${n}.affiliate.example`);
      }),
    );
    await Promise.all(targets.map(({ report }) => report()));
    await scene.advance(DUE_MS);

    const outcomes = await Promise.all(targets.map(({ outcome }) => outcome()));
    expect(outcomes).toMatchObject(INNER_ADDRESSES.map(() => REFUSED));
    expect(touched).toEqual([]);
  });
});

describe('fault 16', () => {
  test('a name that changes its mind is followed to public addresses only', async () => {
    let turn = 0;
    names.set('rebind.affiliate.example', (family) => {
      if (family === 6) return { addresses: [], ttl: 0 };
      turn += 1;
      return { addresses: [turn % 2 === 1 ? PUBLIC : '127.0.0.1'], ttl: 0 };
    });
    const rebinding = await target('rebind.affiliate.example');
    const outcomes: Attempt[] = [];
    for (let times = 0; times < 4; times += 1) {
      outcomes.push(await fire(rebinding));
      await sleep(FORGOTTEN_MS);
    }

    expect(outcomes).toMatchObject([DELIVERED, REFUSED, DELIVERED, REFUSED]);
    expect([called, touched]).toEqual([2, []]);
  });

  test.each([
    ['of one family', ['93.184.216.34', '10.0.0.7']],
    ['of two families', [PUBLIC, '::1']],
    ['with a mapped one', [PUBLIC_6, '::ffff:10.0.0.7']],
  ])('public and inner answers %s are refused together', async (_, addresses) => {
    names.set('mixed.affiliate.example', { addresses });

    expect(await fireAt('mixed.affiliate.example')).toMatchObject(REFUSED);
    expect([called, touched]).toEqual([0, []]);
  });

  test('a name server that knows nothing, fails or says nothing is a failure of DNS', async () => {
    names.set('unknown.affiliate.example', 'NXDOMAIN');
    names.set('failing.affiliate.example', 'SERVFAIL');
    names.set('empty.affiliate.example', { addresses: [] });
    names.set('silent.affiliate.example', 'SILENCE');

    expect(await fireAt('unknown.affiliate.example')).toMatchObject(UNKNOWN);
    expect(await fireAt('failing.affiliate.example')).toMatchObject(UNKNOWN);
    expect(await fireAt('empty.affiliate.example')).toMatchObject(UNKNOWN);
    const silent = await fireAt('silent.affiliate.example');
    expect(silent).toMatchObject(UNKNOWN);
    // Three seconds are for resolving, of the ten that the silence lasts.
    expect(silent.ms).toBeLessThan(3_500);
  });

  test('a silent name server delays nobody whose name it knows', async () => {
    names.set('silent.affiliate.example', 'SILENCE');
    names.set('good.affiliate.example', { addresses: [PUBLIC] });
    const [silent, good] = [
      await target('silent.affiliate.example'),
      await target('good.affiliate.example'),
    ];
    const waiting = fire(silent);
    const taken: number[] = [];
    for (let times = 0; times < 5; times += 1) {
      const began = performance.now();
      expect(await fire(good)).toMatchObject(DELIVERED);
      taken.push(Math.round(performance.now() - began));
    }

    expect(await waiting).toMatchObject(UNKNOWN);
    expect(Math.min(...taken)).toBeLessThan(1_000);
  });

  test('two hundred answers are as good as one, and one inner address among them spoils all', async () => {
    const many = Array.from({ length: 200 }, (_, n) => `93.184.${n}.34`);
    names.set('many.affiliate.example', { addresses: [PUBLIC, ...many] });
    expect(await fireAt('many.affiliate.example')).toMatchObject(DELIVERED);
    names.set('most.affiliate.example', { addresses: [PUBLIC, ...many, '10.0.0.7'] });
    expect(await fireAt('most.affiliate.example')).toMatchObject(REFUSED);

    expect([called, touched]).toEqual([1, []]);
  });

  test('a name without a TTL is asked for again after seconds, and meant as checked until then', async () => {
    names.set('again.affiliate.example', { addresses: [PUBLIC], ttl: 0 });
    const again = await target('again.affiliate.example');
    expect(await fire(again)).toMatchObject(DELIVERED);
    const before = asked.get('again.affiliate.example') ?? 0;
    names.set('again.affiliate.example', { addresses: ['192.168.0.7'], ttl: 86_400 });

    expect(await fire(again)).toMatchObject(DELIVERED);
    await sleep(FORGOTTEN_MS);
    expect(await fire(again)).toMatchObject(REFUSED);
    expect(asked.get('again.affiliate.example')).toBeGreaterThan(before);
    expect([called, touched]).toEqual([2, []]);
  });
});
