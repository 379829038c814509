import type { IncomingMessage } from 'node:http';
import { isWithin, type Networks, parseAddress } from '../platform/networks.ts';

type Options = {
  /** Proxies whose word is taken, as networks. */
  trustedProxies: Networks;
  /** The one header they write; the other is the client's own and says nothing. */
  forwardedHeader: 'x-forwarded-for' | 'forwarded';
};

/** What of a request says where it comes from. */
type Request = Pick<IncomingMessage, 'headers'> & { socket: Socket };
type Socket = { remoteAddress?: string | undefined };

/** The address a request was made from, IPv4 never in its IPv6 form; null once the connection is gone. */
export type ClientAddress = (request: Request) => string | null;

/**
 * Finds the client behind the proxies that are trusted. Each proxy appends the address it was called
 * from, so the list is read from its right end, for as long as the word is that of a trusted proxy:
 * the first address of anybody else is the client, and what stands left of it is only what that client
 * says. An entry that is no address ends the reading at the proxy that wrote it.
 */
export function createClientAddress(options: Options): ClientAddress {
  const { trustedProxies, forwardedHeader } = options;
  const read = forwardedHeader === 'forwarded' ? nodeOfForwarded : hostOfNode;
  const direct = new WeakMap<Socket, string>();

  return ({ socket, headers }) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return null;
    // Whoever is no proxy stays who it is for as long as its connection lasts.
    const known = direct.get(socket);
    if (known !== undefined) return known;
    let client = parseAddress(remoteAddress);
    if (client === null) return remoteAddress;
    if (!isWithin(client, trustedProxies)) direct.set(socket, client.toString());
    const hops = String(headers[forwardedHeader] ?? '').split(',');
    while (isWithin(client, trustedProxies)) {
      const hop = parseAddress(read(hops.pop() ?? ''));
      if (hop === null) break;
      client = hop;
    }
    return client.toString();
  };
}

/**
 * The `for` of one element of RFC 7239. Split at every comma and semicolon, also inside quotes: there
 * is none in an address, and a client must not hide what a proxy appends behind an open quote.
 */
function nodeOfForwarded(element: string): string {
  const pair = element.split(';').find((it) => /^\s*for\s*=/i.test(it)) ?? '';
  const node = pair.slice(pair.indexOf('=') + 1).trim();
  return hostOfNode(/^"(.*)"$/.exec(node)?.[1] ?? node);
}

/** Without the port that some proxies append: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function hostOfNode(node: string): string {
  const text = node.trim();
  return /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');
}
