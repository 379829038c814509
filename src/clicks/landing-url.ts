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
