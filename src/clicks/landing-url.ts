/**
 * Why no visitor may be sent to such a landing URL; null when all is well. Programs that read it on the
 * way must agree with browsers about where it leads, so nothing is let through that one of them mends:
 * control characters, spaces, backslashes, and a name before the host that looks like one.
 */
export function findLandingUrlProblem(url: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  const stray = url.search(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\\]/);
  if (stray >= 0) {
    return `must be an http or https URL without control characters, spaces and backslashes; there is one at position ${stray + 1}`;
  }
  if (!/^https?:\/\/[^/?#]/i.test(url)) return 'must be an absolute http or https URL with a host';
  const [authority = ''] = url.slice(url.indexOf('//') + 2).split(/[/?#]/);
  if (authority.includes('@')) {
    return 'must be an http or https URL without a user name or password before the host';
  }
  if (/[{}]/.test(authority)) {
    return 'must be an http or https URL with {clickid} behind the host only';
  }
  const isValid = URL.canParse(url.replaceAll('{clickid}', 'x'));
  return isValid ? null : 'must be a valid http or https URL';
}

/**
 * The campaign's landing URL with our click id filled in: at `{clickid}` where the landing URL has
 * it, else appended as the parameter `clickid`. Only stored landing URLs come in here, never text
 * from a visitor, so `/click` cannot be made to redirect elsewhere.
 */
export function fillLandingUrl(landingUrl: string, clickId: string): string {
  if (landingUrl.includes('{clickid}')) return landingUrl.replaceAll('{clickid}', clickId);
  const hash = landingUrl.indexOf('#');
  const base = hash < 0 ? landingUrl : landingUrl.slice(0, hash);
  const fragment = hash < 0 ? '' : landingUrl.slice(hash);
  const joint = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&';
  return `${base}${joint}clickid=${clickId}${fragment}`;
}
