/** Where Redis is. `address` is safe to print: it never holds the user name or the password. */
export type RedisTarget = {
  /** True for Redis Cluster; then `nodes` are seeds, the rest is discovered. */
  cluster: boolean;
  /** One node, or the seeds of a cluster. A unix socket is a node with `path`. */
  nodes: ({ host: string; port: number } | { path: string })[];
  username?: string;
  password?: string;
  /** Database number, always 0 in a cluster. */
  db: number;
  tls: boolean;
  /** `host:port`, several separated by commas, or the socket's path. */
  address: string;
};

const SCHEMES = ['redis:', 'rediss:', 'redis+cluster:', 'rediss+cluster:'];
const FORMS =
  'redis://host:port, rediss:// for TLS, redis+cluster://host:port,host:port, a comma list of ' +
  'redis:// URLs, or the path of a unix socket';

/**
 * Reads `REDIS_URL`: one `redis://` or `rediss://` URL, `unix:///path` or `/path`; a comma list or
 * `redis+cluster://` means Redis Cluster. Credentials in any part of a list hold for all nodes.
 *
 * @throws Error with one sentence that names the accepted forms. It never repeats the value, which
 *   may hold a password.
 */
export function parseRedisUrl(value: string): RedisTarget {
  const path = value.replace(/^unix:\/\//, '');
  if (path.startsWith('/')) {
    return { cluster: false, nodes: [{ path }], db: 0, tls: false, address: path };
  }

  const parts = value.split(',').map((part) => part.trim());
  const scheme = /^[a-z+]+:\/\//i.exec(parts[0] ?? '')?.[0] ?? '';
  const urls = parts.map((part) => parsePart(part.includes('://') ? part : scheme + part));
  const nodes = urls.map((url) => ({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
  }));
  const cluster = urls.length > 1 || scheme.includes('+cluster');
  const db = Number(urls[0]?.pathname.slice(1) || 0);
  if (!Number.isInteger(db) || (cluster && db !== 0)) {
    throw new Error('REDIS_URL names a database Redis does not have: use a number, 0 in a cluster');
  }
  const username = urls.find((url) => url.username)?.username;
  const password = urls.find((url) => url.password)?.password;
  return {
    cluster,
    nodes,
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    db,
    tls: scheme.startsWith('rediss'),
    address: urls.map((url) => `${url.hostname}:${url.port || 6379}`).join(','),
  };
}

function parsePart(part: string): URL {
  const url = URL.parse(part);
  if (!url?.hostname || !SCHEMES.includes(url.protocol)) {
    throw new Error(`REDIS_URL is not an address Volley understands: use ${FORMS}`);
  }
  return url;
}
