import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../../src/platform/redis-url.ts';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://10.0.0.1', '10.0.0.1:6379', false],
    ['rediss://cache.example:6380/2', 'cache.example:6380', false],
    ['redis://[::1]:7000', '[::1]:7000', false],
    ['/run/redis.sock', '/run/redis.sock', false],
    ['unix:///run/redis.sock', '/run/redis.sock', false],
    ['redis://a:1,redis://b:2', 'a:1,b:2', true],
    ['redis+cluster://a:1,b:2', 'a:1,b:2', true],
    ['redis+cluster://a:1', 'a:1', true],
  ])('reads %s', (url, address, cluster) => {
    expect(parseRedisUrl(url)).toMatchObject({ address, cluster });
  });

  it('takes credentials, decoded, and keeps them out of the address', () => {
    const target = parseRedisUrl('rediss+cluster://me:p%40ss%2C1@a:1,b');

    expect(target).toEqual({
      cluster: true,
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 6379 },
      ],
      username: 'me',
      password: 'p@ss,1',
      db: 0,
      tls: true,
      address: 'a:1,b:6379',
    });
  });

  it.each(['', 'localhost', 'http://me:s3cret@host', 'redis://', 'redis://h:s3cret:1'])(
    'refuses %j in one sentence without repeating it',
    (url) => {
      expect(() => parseRedisUrl(url)).toThrow(/^REDIS_URL is not an address Volley understands: /);
      expect(() => parseRedisUrl(url)).not.toThrow(/s3cret/);
    },
  );

  it.each(['redis://h:1/x', 'redis+cluster://h:1/2'])('refuses the database of %s', (url) => {
    expect(() => parseRedisUrl(url)).toThrow('REDIS_URL names a database Redis does not have');
  });
});
