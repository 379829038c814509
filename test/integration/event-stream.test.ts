import { EventSource } from 'eventsource';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY } from '../support/make-app.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';

type Event = { id?: string; event?: string; data?: string };

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

/** Opens a stream and reads its events; comments are left out. */
async function open(query: string, headers: Record<string, string> = {}, variables: object = {}) {
  const ended = new AbortController();
  const response = await scene.admin.fetch('/graphql', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.any([ended.signal, AbortSignal.timeout(20_000)]),
  });
  const events = readEvents(response);
  return {
    response,
    next: async () => (await events.next()).value as Event,
    [Symbol.dispose]: () => ended.abort(),
  };
}

async function* readEvents(response: Response): AsyncGenerator<Event> {
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + piece).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2));
      const event = Object.fromEntries(lines.filter(([name]) => name !== '')) as Event;
      if (event.event) yield event;
    }
  }
}

const dataOf = ({ data = '{}' }: Event) => JSON.parse(data).data;
const CLICKS = `subscription($where: ClickFilter, $after: String) {
  clickRecorded(where: $where, after: $after) { click { clickId } } }`;

describe('ids of events', () => {
  test('are the cursors, selected or not, under any alias', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const where = { affiliateIds: [affiliateId] };
    const query = `subscription($where: ClickFilter) {
      mine: clickRecorded(where: $where) { place: cursor click { clickId } } }`;
    using full = await open(query, {}, { where });
    using short = await open(CLICKS, {}, { where });
    const first = await full.next();
    await short.next();
    const clickId = await scene.click(entryUrl);

    const [long, brief] = [await full.next(), await short.next()];
    expect(first.id).toBe(dataOf(first).mine.place);
    expect(long.id).toBe(dataOf(long).mine.place);
    expect(long.id).not.toBe(first.id);
    expect(brief).toMatchObject({ id: long.id, event: 'next' });
    expect(dataOf(brief)).toEqual({ clickRecorded: { click: { clickId } } });
  });

  test('are those of postbackFired and eventRecorded as well, and of nothing else', async () => {
    for (const field of ['postbackFired', 'eventRecorded']) {
      using stream = await open(`subscription { ${field} { cursor } }`);
      const { id, data } = await stream.next();
      expect(JSON.parse(data ?? '').data[field].cursor).toBe(id);
    }
    using stats = await open('subscription { postbackStatsChanged { total } }');
    expect(await stats.next()).toEqual({ event: 'next', data: expect.any(String) });
  });
});

describe('Last-Event-ID', () => {
  test('resumes behind that event, once each', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const where = { affiliateIds: [affiliateId] };
    let last = '';
    {
      using stream = await open(CLICKS, {}, { where });
      await stream.next();
      await scene.click(entryUrl);
      last = (await stream.next()).id ?? '';
    }
    const missed = [await scene.click(entryUrl), await scene.click(entryUrl)];

    using again = await open(CLICKS, { 'last-event-id': last }, { where });
    expect(await again.next()).toMatchObject({ id: last });
    const got = [dataOf(await again.next()), dataOf(await again.next())];
    expect(got.map(({ clickRecorded }) => clickRecorded.click.clickId)).toEqual(missed);
  });

  test('yields to "after", and a wrong one is refused as a wrong cursor', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const where = { affiliateIds: [affiliateId] };
    using early = await open(CLICKS, {}, { where });
    const after = (await early.next()).id;
    const clickId = await scene.click(entryUrl);
    const later = (await early.next()).id ?? '';

    using given = await open(CLICKS, { 'last-event-id': later }, { where, after });
    await given.next();
    expect(dataOf(await given.next()).clickRecorded.click).toEqual({ clickId });
    for (const wrong of [
      'nonsense',
      Buffer.from('1:5:5').toString('base64url'),
      `${later}, ${later}`,
    ]) {
      using refused = await open(CLICKS, { 'last-event-id': wrong }, { where });
      const { errors } = JSON.parse((await refused.next()).data ?? '');
      expect(errors).toMatchObject([
        {
          message: expect.stringContaining('is no cursor of clickRecorded'),
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ]);
    }
  });

  test('goes before "since", which a browser that comes back sends again', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, { url: `${receiver.url}/?sum={amount}` });
    const clickId = await scene.click(entryUrl);
    const query = `subscription($where: PostbackFilter) {
      postbackFired(where: $where, since: "2020-01-01T00:00:00Z") { attempt { finalUrl } } }`;
    const where = { affiliateIds: [affiliateId] };
    const fire = async (amount: string) => {
      await scene.event(clickId, { amount });
      await scene.advance(5_000);
      await receiver.next();
    };
    using stream = await open(query, {}, { where });
    await stream.next();
    await fire('1');
    const { id = '' } = await stream.next();
    await fire('2');

    using again = await open(query, { 'last-event-id': id }, { where });
    await again.next();
    expect(dataOf(await again.next()).postbackFired.attempt.finalUrl).toMatch(/sum=2$/);
  });

  test('an EventSource whose connection breaks goes on by itself where it was', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const query = `subscription { clickRecorded(where: { affiliateIds: ["${affiliateId}"] }) { click { clickId } } }`;
    let cut = new AbortController();
    const source = new EventSource(`${scene.url}/graphql?query=${encodeURIComponent(query)}`, {
      fetch: (url, init) => {
        cut = new AbortController();
        const headers = { ...init.headers, authorization: `Bearer ${ADMIN_KEY}` };
        const signal = AbortSignal.any([cut.signal, ...(init.signal ? [init.signal] : [])]);
        return fetch(url, { ...init, headers, signal } as RequestInit);
      },
    });
    const seen: (string | null)[] = [];
    source.addEventListener('next', ({ data }) => {
      seen.push(JSON.parse(data).data.clickRecorded.click?.clickId ?? null);
    });
    await expect.poll(() => seen).toEqual([null]);
    const clicks = [await scene.click(entryUrl)];
    await expect.poll(() => seen).toEqual([null, ...clicks]);

    cut.abort(new Error('the line is cut'));
    clicks.push(await scene.click(entryUrl), await scene.click(entryUrl));
    await expect
      .poll(() => seen, { timeout: 20_000 })
      .toEqual([null, clicks[0], null, clicks[1], clicks[2]]);
    source.close();
  });
});
