import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { mintSealKey } from '../../src/platform/seal.ts';
import { openDatabase } from '../../src/store/database.ts';
import { loadOpenPostbacks } from '../../src/store/postbacks.ts';
import type { CreatePixelInput, UpdatePixelInput } from '../gql/graphql.ts';
import { createApi, expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { CREATE_API_KEY, REPLAY_POSTBACK, TEST_PIXEL } from '../support/operations.ts';
import { type ReceivedCall, type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene, type SceneAffiliate } from '../support/scene.ts';
import { seedReference } from '../support/seed.ts';

const DELAY_MS = 5_000;
const HOUR_MS = 3_600_000;
const KEY = mintSealKey('2026', randomBytes);
const NEXT_KEY = mintSealKey('2027', randomBytes);

const lines: string[] = [];
const log = pino(
  { level: 'trace' },
  new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      done();
    },
  }),
);
/** Every secret that was shown. */
const secrets: string[] = [];
let scene: Scene;
let receiver: Receiver;
let affiliate: SceneAffiliate;

beforeAll(async () => {
  receiver = await startReceiver();
  scene = await makeScene({ VOLLEY_ENCRYPTION_KEYS: KEY }, log);
  affiliate = await scene.affiliate();
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});
afterEach(() => expect(receiver.waiting).toBe(0));

type Saved = { pixel: { id: string; signed: boolean }; secret: string | null; message?: string };

async function save(mutation: string, input: object, on = scene, key?: string): Promise<Saved> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const query = `mutation ($input: ${type}Input!) { saved: ${mutation}(input: $input) {
    ... on ${type}Payload { pixel { id signed } secret } ... on Error { message } } }`;
  const answer = await (key ? on.as(key) : on.admin).ask(query, { input });
  const { saved } = answer.data as unknown as { saved: Saved };
  if (saved?.secret) secrets.push(saved.secret);
  return saved;
}

function createPixel(changes: Partial<CreatePixelInput>, on = scene, owner = affiliate) {
  const input = { affiliateId: owner.affiliateId, triggerEvent: 'FirstDeposit', ...changes };
  return save('createPixel', input, on);
}

const updatePixel = (input: UpdatePixelInput) => save('updatePixel', input);

async function rotate(pixelId: string, key?: string): Promise<Saved> {
  return save('rotatePixelSecret', { pixelId }, scene, key);
}

/** Fires a pixel of an affiliate of its own through a real event, and answers what arrived. */
async function fire(on = scene, owner = affiliate): Promise<ReceivedCall> {
  await on.event(await on.click(owner.entryUrl));
  await on.advance(DELAY_MS);
  return receiver.next();
}

/** Makes a pixel, fires it once and takes it away, so that tests do not meet each other's. */
async function fireOnce(changes: Partial<CreatePixelInput>) {
  const { pixel, secret } = await createPixel({ signed: true, ...changes });
  const call = await fire();
  await pause(pixel.id);
  return { pixel, secret: secret ?? '', call };
}

async function pause(pixelId: string): Promise<void> {
  await scene.read('mutation ($id: ID!) { pausePixel(input: { pixelId: $id }) { __typename } }', {
    id: pixelId,
  });
}

/** As the specification says, by other code: also for times that are far from this machine's. */
function signatureOf(call: ReceivedCall, payload: string, secret: string): string {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = call.headers;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`);
  return `v1,${signature.digest('base64')}`;
}

const headersOf = (call: ReceivedCall) => call.headers as Record<string, string>;

describe('a signed pixel', () => {
  test('POST: the Standard Webhooks library verifies the body, and no other', async () => {
    const { call, secret } = await fireOnce({
      url: `${receiver.url}/hook?id={affclickid}`,
      method: 'POST',
      body: '{"id":"{affclickid}","name":"ü {amount}"}',
    });

    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const webhook = new Webhook(secret);
    expect(webhook.verify(call.body, headersOf(call))).toEqual({
      id: '1122223444455565666',
      name: 'ü 50',
    });
    expect(() => webhook.verify(`${call.body} `, headersOf(call))).toThrow(/No matching/);
    const second = Number(call.headers['webhook-timestamp']) + 1;
    const later = { ...headersOf(call), 'webhook-timestamp': String(second) };
    expect(() => webhook.verify(call.body, later)).toThrow(/No matching/);
  });

  test('POST without a body signs the empty text', async () => {
    const { call, secret } = await fireOnce({
      url: `${receiver.url}/hook?id={affclickid}`,
      method: 'POST',
    });
    expect(call.headers['webhook-signature']).toBe(signatureOf(call, '', secret));
  });

  test('GET: the path and query that the receiver reads are verified', async () => {
    const url = `${receiver.url}/p%2Fq/{affid}?id={affclickid}&e=%C3%BC&event={event}&empty=`;
    const { call, secret } = await fireOnce({ url });

    const verify = (payload: string) =>
      new Webhook(secret).verify(payload, headersOf(call), { jsonParse: false });
    expect(verify(call.url)).toBeUndefined();
    expect(() => verify(call.url.replace('id=1', 'id=2'))).toThrow(/No matching/);
  });

  test('a pixel that is not signed carries no signature and has no secret', async () => {
    const { call, secret } = await fireOnce({
      url: `${receiver.url}/?id={affclickid}`,
      signed: false,
    });
    expect(secret).toBe('');
    expect(call.headers).not.toHaveProperty('webhook-signature');
  });

  test('test fires and replays are signed too', async () => {
    const { pixel, call, secret } = await fireOnce({ url: `${receiver.url}/?id={affclickid}` });
    expect(call.headers['webhook-signature']).toBe(signatureOf(call, call.url, secret));

    const { testPixel } = await scene.admin.run(TEST_PIXEL, { input: { pixelId: pixel.id } });
    expect(expectType(testPixel, 'TestPixelPayload').postback.status).toBe('DELIVERED');
    const tested = await receiver.next();
    expect(tested.headers['webhook-signature']).toBe(signatureOf(tested, tested.url, secret));

    await updatePixel({ pixelId: pixel.id, signed: false });
    await scene.read(
      'mutation ($id: ID!) { resumePixel(input: { pixelId: $id }) { __typename } }',
      { id: pixel.id },
    );
    const old = (await scene.postbacks(affiliate.affiliateId)).find(({ finalUrl, test }) => {
      return !test && finalUrl === `${receiver.url}${call.url}`;
    });
    for (const [template, isSigned] of [
      ['ORIGINAL', true],
      ['CURRENT', false],
    ] as const) {
      const input = { postbackId: old?.id ?? '', template };
      const { replayPostback } = await scene.admin.run(REPLAY_POSTBACK, { input });
      expectType(replayPostback, 'ReplayPostbackPayload');
      const replayed = await receiver.next();
      const signature = isSigned ? signatureOf(replayed, replayed.url, secret) : undefined;
      expect(replayed.headers['webhook-signature']).toBe(signature);
    }
    await pause(pixel.id);
  });
});

describe('{sig} and hmac', () => {
  const URL_WITH_SIG = 'id={affclickid}&sig={sig}&ts={sig_ts}&h={affclickid|hmac}';

  test('{sig} is the HMAC of the URL without it, with the newest secret as its text', async () => {
    const { pixel, call, secret } = await fireOnce({ url: `${receiver.url}/s?${URL_WITH_SIG}` });

    const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
    const url = new URL(`${receiver.url}${call.url}`);
    const unsigned = url.href.replace(/&sig=[0-9a-f]+/, '');
    expect(url.searchParams.get('sig')).toBe(hmac(unsigned));
    expect(url.searchParams.get('ts')).toBe(call.headers['webhook-timestamp']);
    expect(url.searchParams.get('h')).toBe(hmac('1122223444455565666'));

    // What is told about the call stays true when the secret is another one.
    await scene.advance(1_000);
    await rotate(pixel.id);
    const [postback] = await scene.postbacks(affiliate.affiliateId);
    expect(postback?.finalUrl).toBe(url.href);
    expect(postback?.unresolved).toEqual([]);
    expect(postback?.values.find(({ name }) => name === 'sig')).toEqual({
      name: 'sig',
      source: 'SIGNATURE',
      raw: hmac(unsigned),
      encoded: hmac(unsigned),
    });
  });

  test('hmac works in a body, and a signed template may require its signature', async () => {
    const { call, secret } = await fireOnce({
      url: `${receiver.url}/s?id={affclickid}&sig={sig}`,
      unresolved: 'SKIP',
      required: ['sig'],
      method: 'POST',
      body: 'h={affclickid|hmac}',
    });
    const expected = createHmac('sha256', secret).update('1122223444455565666').digest('hex');
    expect(call.body).toBe(`h=${expected}`);
  });

  test('they are refused without signed, and so is unsigning a pixel that uses them', async () => {
    const url = `${receiver.url}/s?${URL_WITH_SIG}`;
    expect((await createPixel({ url })).message).toMatch(/\{sig\}.*set signed: true/);
    const body = 'h={affid|hmac}';
    const posting = { url: `${receiver.url}/?a={affid}`, method: 'POST' as const, body };
    expect((await createPixel(posting)).message).toMatch(/hmac.*set signed: true/);

    const { pixel } = await createPixel({ url, signed: true });
    const refused = await updatePixel({ pixelId: pixel.id, signed: false });
    expect(refused.message).toMatch(/set signed: true/);
    await pause(pixel.id);
  });

  test('a preview shows a sample signature, says so, and is not computed with the secret', async () => {
    const url = `${receiver.url}/s?${URL_WITH_SIG}`;
    const { pixel, secret } = await createPixel({ url, signed: true });
    await pause(pixel.id);
    const preview = async (input: object) => {
      const query = `query ($input: PreviewPostbackInput!) { previewPostback(input: $input) {
        finalUrl unresolved warnings values { name source raw } issues { message } } }`;
      const { previewPostback } = await scene.read<{ previewPostback: Record<string, never> }>(
        query,
        { input },
      );
      return previewPostback as unknown as {
        finalUrl: string;
        warnings: string[];
        issues: { message: string }[];
        unresolved: string[];
        values: { name: string; source: string }[];
      };
    };

    const shown = await preview({ pixelId: pixel.id });
    const [, sig] = /&sig=([0-9a-f]{64})&/.exec(shown.finalUrl) ?? [];
    const unsigned = shown.finalUrl.replace(/&sig=[0-9a-f]+/, '');
    expect(sig).toBeDefined();
    expect(sig).not.toBe(
      createHmac('sha256', secret ?? '')
        .update(unsigned)
        .digest('hex'),
    );
    expect(shown.unresolved).toEqual([]);
    expect(shown.warnings).toContainEqual(expect.stringContaining('sample secret'));
    expect(shown.values).toContainEqual(expect.objectContaining({ source: 'SIGNATURE' }));
    expect((await preview({ url, signed: true })).finalUrl).toMatch(/&sig=[0-9a-f]{64}&/);
    expect((await preview({ url })).issues[0]?.message).toMatch(/set signed: true/);

    const { node } = await scene.read<{ node: { exampleUrl: string; warnings: string[] } }>(
      'query ($id: ID!) { node(id: $id) { ... on Pixel { exampleUrl warnings } } }',
      { id: pixel.id },
    );
    expect(node.exampleUrl).toMatch(/&sig=[0-9a-f]{64}&/);
    expect(node.warnings.join()).not.toMatch(/secret/);
  });
});

describe('rotation', () => {
  test('both secrets sign for 24 hours, the newest first, then the new one alone', async () => {
    const { pixel, secret: first } = await createPixel({
      url: `${receiver.url}/?id={affclickid}`,
      signed: true,
    });
    const { secret: second, pixel: same } = await rotate(pixel.id);
    expect(same.id).toBe(pixel.id);
    expect(second).toMatch(/^whsec_/);
    expect(second).not.toBe(first);

    const call = await fire();
    const both = [second, first].map((secret) => signatureOf(call, call.url, secret ?? ''));
    expect(call.headers['webhook-signature']).toBe(both.join(' '));
    for (const secret of [second, first]) {
      const webhook = new Webhook(secret ?? '');
      expect(() => webhook.verify(call.url, headersOf(call), { jsonParse: false })).not.toThrow();
    }

    await scene.advance(24 * HOUR_MS - 4 * DELAY_MS);
    const late = await fire();
    expect(late.headers['webhook-signature']?.toString().split(' ')).toHaveLength(2);
    await scene.advance(2 * DELAY_MS);
    const later = await fire();
    expect(later.headers['webhook-signature']).toBe(signatureOf(later, later.url, second ?? ''));
    await pause(pixel.id);
  });

  test('a pixel that is signed again keeps its secret, and planned postbacks stay signed', async () => {
    const { pixel, secret } = await createPixel({
      url: `${receiver.url}/?id={affclickid}`,
      signed: true,
    });
    await scene.event(await scene.click(affiliate.entryUrl));
    expect((await updatePixel({ pixelId: pixel.id, signed: false })).secret).toBeNull();
    await scene.advance(DELAY_MS);
    const planned = await receiver.next();
    expect(planned.headers['webhook-signature']).toBe(
      signatureOf(planned, planned.url, secret ?? ''),
    );
    expect((await rotate(pixel.id)).message).toMatch(/not signed: set signed: true/);

    expect((await updatePixel({ pixelId: pixel.id, signed: true })).secret).toBeNull();
    const again = await fire();
    expect(again.headers['webhook-signature']).toBe(signatureOf(again, again.url, secret ?? ''));
    await pause(pixel.id);
  });

  test('a pixel that becomes signed by a change gets its secret then', async () => {
    const { pixel, secret: none } = await createPixel({ url: `${receiver.url}/?id={affclickid}` });
    expect(none).toBeNull();
    const { secret } = await updatePixel({ pixelId: pixel.id, signed: true });
    const call = await fire();
    expect(call.headers['webhook-signature']).toBe(signatureOf(call, call.url, secret ?? ''));
    expect((await updatePixel({ pixelId: pixel.id, maxAttempts: 3 })).secret).toBeNull();
    await pause(pixel.id);
  });

  test('rotations at once leave one secret without an end; the fifth in a day is refused', async () => {
    const { pixel } = await createPixel({ url: `${receiver.url}/?id={affid}`, signed: true });
    await pause(pixel.id);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => rotate(pixel.id)));

    expect(answers.filter(({ secret }) => secret)).toHaveLength(4);
    expect(answers.find(({ message }) => message)?.message).toMatch(/5 secrets .* in force/);
    const rows = await scene.sql(
      `SELECT expires_at FROM pixel_secret WHERE pixel_id = '${rowIdIn(pixel.id)}'`,
    );
    expect(rows.map((row) => row.expires_at === null).filter(Boolean)).toHaveLength(1);
    await scene.advance(24 * HOUR_MS);
    expect((await rotate(pixel.id)).secret).toMatch(/^whsec_/);
  });

  test("its owner may, another affiliate finds nothing, and a viewer's key never may", async () => {
    const { pixel } = await createPixel({ url: `${receiver.url}/?id={affid}`, signed: true });
    await pause(pixel.id);
    const other = await scene.affiliate();
    const key = async (input: { role: 'AFFILIATE' | 'VIEWER'; affiliateId?: string }) => {
      const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
        input: { name: 'k', ...input },
      });
      return expectType(createApiKey, 'CreateApiKeyPayload').secret;
    };
    const own = await key({ role: 'AFFILIATE', affiliateId: affiliate.affiliateId });
    const foreign = await key({ role: 'AFFILIATE', affiliateId: other.affiliateId });

    expect((await rotate(pixel.id, own)).secret).toMatch(/^whsec_/);
    expect((await rotate(pixel.id, foreign)).message).toMatch(/no pixel has the id/);
    const query = `mutation { rotatePixelSecret(input: { pixelId: "${pixel.id}" }) { __typename } }`;
    const answer = await scene.as(await key({ role: 'VIEWER' })).ask(query);
    expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  });
});

describe('encryption keys', () => {
  test('a secret whose key is gone keeps its postback waiting, loudly, until the key is back', async () => {
    await using api = await makeScene({ VOLLEY_ROLE: 'api', VOLLEY_ENCRYPTION_KEYS: KEY }, log);
    const owner = await api.affiliate();
    const url = `${receiver.url}/?id={affclickid}`;
    const { pixel, secret } = await createPixel({ url, signed: true }, api, owner);
    await api.event(await api.click(owner.entryUrl));
    const without = await api.another({
      VOLLEY_ROLE: 'worker',
      VOLLEY_ENCRYPTION_KEYS: NEXT_KEY,
    });
    await api.advance(DELAY_MS);
    const seen = await eventually(
      async () => {
        const told = lines.filter((line) => line.includes('open a signing secret failed'));
        return told.find((line) => line.includes(rowIdIn(pixel.id)));
      },
      (line) => expect(line).toBeDefined(),
    );
    expect(JSON.parse(seen ?? '')).toMatchObject({ level: 50 });
    expect(seen).toContain('the encryption key \\"2026\\" is not known here');
    const metrics = await (await fetch(`${without.url}/metrics`)).text();
    expect(metrics).toMatch(/volley_faults_total\{what="open a signing secret"\} \d/);
    await without[Symbol.asyncDispose]();
    const [postback] = await api.postbacks(owner.affiliateId);
    expect(postback).toMatchObject({ status: 'SCHEDULED', lastAttempt: null });

    const rotated = `${NEXT_KEY},${KEY}`;
    await api.another({ VOLLEY_ROLE: 'worker', VOLLEY_ENCRYPTION_KEYS: rotated });
    await api.advance(20_000);
    const call = await receiver.next();
    expect(call.headers['webhook-signature']).toBe(signatureOf(call, call.url, secret ?? ''));
  });

  test('a start seals everything with the newest key, so that the older one can go', async () => {
    await using api = await makeScene({ VOLLEY_ROLE: 'api', VOLLEY_ENCRYPTION_KEYS: KEY }, log);
    const owner = await api.affiliate();
    const url = `${receiver.url}/?id={affclickid}`;
    const { secret } = await createPixel({ url, signed: true }, api, owner);
    const sealedWith = async () => {
      const rows = await api.sql(
        `SELECT convert_from(substr(sealed, 3, get_byte(sealed, 1)), 'UTF8') AS key FROM pixel_secret`,
      );
      return rows.map(({ key }) => key);
    };
    expect(await sealedWith()).toEqual(['2026']);

    await api.another({ VOLLEY_ROLE: 'api', VOLLEY_ENCRYPTION_KEYS: `${NEXT_KEY},${KEY}` });
    expect(await sealedWith()).toEqual(['2027']);
    await api.another({ VOLLEY_ROLE: 'worker', VOLLEY_ENCRYPTION_KEYS: NEXT_KEY });
    const call = await fire(api, owner);
    expect(call.headers['webhook-signature']).toBe(signatureOf(call, call.url, secret ?? ''));
  });

  test('when the key is lost for ever, a rotation lets the calls go on with the new secret', async () => {
    const { pixel } = await createPixel({ url: `${receiver.url}/?id={affclickid}`, signed: true });
    await scene.sql(
      `UPDATE pixel_secret SET sealed = sealed || '\\x00' WHERE pixel_id = '${rowIdIn(pixel.id)}'`,
    );
    await scene.event(await scene.click(affiliate.entryUrl));
    const { secret } = await rotate(pixel.id);
    await scene.advance(DELAY_MS);
    const call = await receiver.next();
    expect(call.headers['webhook-signature']).toBe(signatureOf(call, call.url, secret ?? ''));
    await pause(pixel.id);
  });

  test('a claimed batch is loaded with its secrets in one statement', async () => {
    const { pixel } = await createPixel({ url: `${receiver.url}/?id={affclickid}`, signed: true });
    await rotate(pixel.id);
    for (let count = 0; count < 3; count += 1) {
      await scene.event(await scene.click(affiliate.entryUrl));
    }
    const open = await scene.sql(`SELECT id FROM postback WHERE state = 'OPEN'`);
    const { sql, ...database } = openDatabase(scene.databaseUrl, log);
    let statements = 0;
    const counted = {
      query(statement: never) {
        statements += 1;
        return sql.query(statement);
      },
    } as typeof sql;
    const loaded = await loadOpenPostbacks(
      counted,
      open.map(({ id }) => String(id)),
      [],
    );
    await database[Symbol.asyncDispose]();

    expect(statements).toBe(1);
    expect(loaded.map(({ sealedSecrets }) => sealedSecrets.length)).toEqual([2, 2, 2]);
    await pause(pixel.id);
    await scene.advance(DELAY_MS);
    await eventually(
      () => scene.sql(`SELECT id FROM postback WHERE state = 'OPEN'`),
      (rows) => expect(rows).toEqual([]),
    );
  });

  test('with the embedded PostgreSQL a key is made beside it, once', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'volley-sign-'));
    const config = readConfig({
      PORT: '0',
      VOLLEY_DATA_DIR: dataDir,
      REDIS_URL: inject('redisUrl'),
      VOLLEY_ADMIN_KEY: ADMIN_KEY,
      VOLLEY_ROLE: 'api',
    });
    try {
      await using app = await createApp(config, log);
      const api = createApi(app.url, ADMIN_KEY);
      const { affiliateId } = await seedReference(api);
      const input = { affiliateId, triggerEvent: 'Sale', signed: true };
      const url = 'https://affiliate.example/?id={affid}';
      const query = `mutation ($input: CreatePixelInput!) { createPixel(input: $input) {
        ... on CreatePixelPayload { secret } ... on Error { message } } }`;
      const answer = await api.ask(query, { input: { ...input, url } });
      expect(answer.data?.createPixel).toEqual({ secret: expect.stringMatching(/^whsec_/) });
      const file = await readFile(join(dataDir, 'encryption-keys'), 'utf8');
      expect(lines.join('')).not.toContain(file.trim().split(':')[1]);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  test('a test fire says that its secret cannot be read', async () => {
    const { pixel } = await createPixel({ url: `${receiver.url}/?id={affid}`, signed: true });
    await pause(pixel.id);
    await scene.sql(
      `UPDATE pixel_secret SET sealed = sealed || '\\x00' WHERE pixel_id = '${rowIdIn(pixel.id)}'`,
    );
    const query = `mutation ($id: ID!) { testPixel(input: { pixelId: $id }) {
      ... on TestPixelPayload { postback { status reason } } } }`;
    const { testPixel } = await scene.read<{ testPixel: object }>(query, { id: pixel.id });
    expect(testPixel).toEqual({ postback: { status: 'FAILED', reason: 'SECRET_UNREADABLE' } });
  });

  test('without a key on a database of its own, signed and rotation say what to set', async () => {
    await using bare = await makeScene({}, log);
    const owner = await bare.affiliate();
    const url = `${receiver.url}/?id={affid}`;
    const refused = await createPixel({ url, signed: true }, bare, owner);
    expect(refused.message).toBe(
      'signed: needs an encryption key, and this server has none: set VOLLEY_ENCRYPTION_KEYS',
    );
    const { pixel } = await createPixel({ url }, bare, owner);
    const rotated = await save('rotatePixelSecret', { pixelId: pixel.id }, bare);
    expect(rotated.message).toMatch(/set VOLLEY_ENCRYPTION_KEYS/);
  });
});

test('the program of docs/api.md takes signed calls by POST and GET, and no others', async () => {
  const page = await readFile('docs/api.md', 'utf8');
  const [, section = ''] = page.split('## Verifying a call');
  const [, program = ''] = /```js\n(.*?)```/s.exec(section) ?? [];
  // Its clock has to be this machine's, which the program reads.
  await using fresh = await makeScene({ VOLLEY_ENCRYPTION_KEYS: KEY }, log);
  const owner = await fresh.affiliate();
  const { pixel, secret } = await createPixel(
    {
      url: 'https://affiliate.example/?i={affid}',
      signed: true,
    },
    fresh,
    owner,
  );
  const server = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, VOLLEY_SECRET: secret ?? '', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const port = await new Promise<string>((resolve) => {
      createInterface(server.stdout).once('line', (line) => resolve(line.replace(/\D+/g, '')));
    });
    const target = `http://127.0.0.1:${port}/hook?id={affid}`;
    for (const method of ['GET', 'POST'] as const) {
      const body = method === 'POST' ? '{"id":"{affid}"}' : null;
      await save('updatePixel', { pixelId: pixel.id, url: target, method, body }, fresh);
      const { testPixel } = await fresh.admin.run(TEST_PIXEL, { input: { pixelId: pixel.id } });
      const { postback } = expectType(testPixel, 'TestPixelPayload');
      expect([method, postback.lastAttempt?.statusCode]).toEqual([method, 204]);
    }
    await save('rotatePixelSecret', { pixelId: pixel.id }, fresh);
    const { testPixel: both } = await fresh.admin.run(TEST_PIXEL, { input: { pixelId: pixel.id } });
    expect(expectType(both, 'TestPixelPayload').postback.lastAttempt?.statusCode).toBe(204);
    expect((await fetch(`http://127.0.0.1:${port}/hook?id=1`)).status).toBe(401);
    const forged = {
      'webhook-id': '1',
      'webhook-timestamp': 'now',
      'webhook-signature': 'v1,AAAA',
    };
    const answer = await fetch(`http://127.0.0.1:${port}/hook?id=1`, { headers: forged });
    expect(answer.status).toBe(401);
  } finally {
    server.kill();
  }
});

test('secrets stand in no log line, metric, answer, report or row', async () => {
  expect(secrets.length).toBeGreaterThan(10);
  const pixels = await scene.read('{ pixels(first: 100) { nodes { id url exampleUrl } } }');
  const postbacks = await scene.postbacks(affiliate.affiliateId);
  const csv = await (await scene.admin.fetch('/reports/postbacks.csv')).text();
  const metrics = await (await scene.admin.fetch('/metrics')).text();
  const rows = await scene.sql(`SELECT encode(sealed, 'hex') FROM pixel_secret`);
  const places = [lines.join(''), ...[pixels, postbacks, rows].map((it) => JSON.stringify(it))];
  for (const place of [...places, csv, metrics]) {
    expect(place.length).toBeGreaterThan(10);
    for (const secret of secrets) {
      const bytes = secret.slice('whsec_'.length);
      expect(place).not.toContain(bytes);
      expect(place).not.toContain(Buffer.from(bytes, 'base64').toString('hex'));
    }
    for (const key of [KEY, NEXT_KEY]) expect(place).not.toContain(key.split(':')[1]);
  }
});
