/** A body as it was sent, or as much as is known of it. */
export type Body = { text: string; contentType: string };

/** A command for a shell that makes the same call; its own headers and signature are not in the log. */
export function toCurl(method: string, url: string, body: Body | null = null): string {
  const how = method === 'GET' ? '' : `-X ${method} `;
  const sent = body
    ? ` -H ${quoted(`content-type: ${body.contentType}`)} --data-raw ${quoted(body.text)}`
    : '';
  return `curl -i ${how}${quoted(url)}${sent}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
