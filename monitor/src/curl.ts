/** A command for a shell that makes the same request line; body and headers are not in the log. */
export function toCurl(method: string, url: string): string {
  const how = method === 'GET' ? '' : `-X ${method} `;
  return `curl -i ${how}'${url.replaceAll("'", "'\\''")}'`;
}
