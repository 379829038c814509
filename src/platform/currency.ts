// Codes of ISO 4217 that the runtime leaves out of its list: a second legal tender, units of account
// and precious metals. Codes for "no currency" and for tests are no currency of an amount.
const FURTHER = 'BOV CHE CHW CLF COU MXV USN UYI UYW VED XAG XAU XCG XDR XPD XPT XSU XUA ZWG';

const CURRENCIES: ReadonlySet<string> = new Set([
  ...Intl.supportedValuesOf('currency'),
  ...FURTHER.split(' '),
]);

/**
 * Tells whether `code` is an ISO 4217 currency code in capital letters, such as `USD`. Tickers of
 * crypto coins are not part of ISO 4217.
 */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}
