import { describe, expect, it } from 'vitest';
import {
  createHostLookup,
  type HostAnswer,
  HostNotResolvedError,
  systemResolve,
} from '../../src/postbacks/host-lookup.ts';
import { type DnsAnswer, startDnsServer } from '../support/dns-server.ts';

const HOST = 'receiver.example';
const V4: DnsAnswer = { addresses: ['93.184.215.14'], ttlSeconds: 300 };
const V6: DnsAnswer = { addresses: ['2606:2800:21f:cb07:6820:80da:af6b:8b2c'], ttlSeconds: 20 };

describe('resolving', () => {
  it('takes the addresses of both families and the shorter of their times', async () => {
    await using server = await startDnsServer((type) => (type === 'A' ? V4 : V6));

    expect(await systemResolve([server.address])(HOST)).toEqual({
      addresses: expect.arrayContaining([...V4.addresses, ...V6.addresses]),
      ttlSeconds: 20,
    });
    expect(server.asked.toSorted()).toEqual([`A ${HOST}`, `AAAA ${HOST}`]);
  });

  it.each(['A', 'AAAA'] as const)(
    'waits for no second family when %s has answered',
    async (one) => {
      const own = one === 'A' ? V4 : V6;
      await using server = await startDnsServer((type) => (type === one ? own : 'SILENCE'));
      await using second = await startDnsServer((type) => (type === one ? own : 'SILENCE'));
      const startedAt = performance.now();

      // Two name servers with two tries of a second each: the silent family takes four seconds.
      expect(await systemResolve([server.address, second.address])(HOST)).toMatchObject({
        addresses: own.addresses,
      });
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
  );

  it('takes the one family there is, and says when there is none', async () => {
    await using server = await startDnsServer((type, name) => {
      if (name !== HOST) return 'NXDOMAIN';
      return type === 'A' ? 'NXDOMAIN' : V6;
    });
    const resolve = systemResolve([server.address]);

    expect(await resolve(HOST)).toEqual(V6);
    await expect(resolve('nobody.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('a look-up', () => {
  /** One over answers of a test, with a clock that it moves. */
  function setUp(answer: () => Promise<HostAnswer>) {
    const state = { now: 1_000, asked: 0, refused: null as Error | null };
    const lookUp = createHostLookup({
      resolve: () => {
        state.asked += 1;
        return answer();
      },
      timeoutMs: 200,
      nowMs: () => state.now,
    });
    const check = () => {
      if (state.refused) throw state.refused;
    };
    return { state, lookUp: () => lookUp(HOST, check) };
  }

  it.each([
    [0, 5],
    [30, 30],
    [86_400, 60],
  ])('of a name whose answer may be kept for %i s is kept for %i s', async (ttlSeconds, kept) => {
    const { state, lookUp } = setUp(async () => ({ addresses: ['93.184.215.14'], ttlSeconds }));

    await lookUp();
    state.now += kept * 1000 - 1;
    expect(await lookUp()).toEqual(['93.184.215.14']);
    expect(state.asked).toBe(1);
    state.now += 2;
    await lookUp();
    expect(state.asked).toBe(2);
  });

  it('keeps only what passed the check, and checks what it kept at each use', async () => {
    const { state, lookUp } = setUp(async () => V4 as HostAnswer);
    state.refused = new Error('refused');

    await expect(lookUp()).rejects.toThrow('refused');
    state.refused = null;
    await lookUp();
    expect(state.asked).toBe(2);
    state.refused = new Error('refused by now');
    await expect(lookUp()).rejects.toThrow('refused by now');
    expect(state.asked).toBe(2);
  });

  it('that found nothing is kept for two seconds', async () => {
    const { state, lookUp } = setUp(() => Promise.reject(new Error('ENOTFOUND')));

    for (let times = 0; times < 3; times += 1) {
      await expect(lookUp()).rejects.toThrow(HostNotResolvedError);
    }
    expect(state.asked).toBe(1);
    state.now += 2_001;
    await expect(lookUp()).rejects.toThrow(HostNotResolvedError);
    expect(state.asked).toBe(2);
  });

  it('that takes too long is given up, and not begun again at once', async () => {
    const { state, lookUp } = setUp(() => new Promise(() => {}));

    await expect(Promise.all([lookUp(), lookUp()])).rejects.toThrow(HostNotResolvedError);
    await expect(lookUp()).rejects.toThrow(HostNotResolvedError);
    expect(state.asked).toBe(1);
  });

  it('keeps a thousand names and no more', async () => {
    let asked = 0;
    const lookUp = createHostLookup({
      resolve: async () => {
        asked += 1;
        return { addresses: ['93.184.215.14'], ttlSeconds: 60 };
      },
      timeoutMs: 200,
    });
    for (let n = 0; n <= 1_000; n += 1) await lookUp(`h${n}.example`, () => {});
    expect(asked).toBe(1_001);
    await lookUp('h1000.example', () => {});
    expect(asked).toBe(1_001);
    await lookUp('h0.example', () => {});
    expect(asked).toBe(1_002);
  });
});
