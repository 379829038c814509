/** The normalised amount, or why the text is none. */
export type MoneyReading = { ok: true; amount: string } | { ok: false; message: string };

const MAX_WHOLE_DIGITS = 20;
const MAX_FRACTION_DIGITS = 10;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Reads a money amount as partners send it: a decimal string of up to 20 digits before and 10 after
 * the point, with `.` as separator and no grouping. A leading minus is allowed, because corrections
 * and net revenue can be negative. Digits are counted as typed. Nothing is rounded or cut: what does
 * not fit is refused with the numbers in the message. The amount comes back without needless zeros.
 */
export function parseMoney(text: string): MoneyReading {
  const match = DECIMAL.exec(text);
  if (match === null) {
    return { ok: false, message: 'must be a decimal number such as "50" or "49.90"' };
  }
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  if (whole.length > MAX_WHOLE_DIGITS || fraction.length > MAX_FRACTION_DIGITS) {
    const message =
      `has ${whole.length} digits before and ${fraction.length} after the point, ` +
      `at most ${MAX_WHOLE_DIGITS} before and ${MAX_FRACTION_DIGITS} after are allowed`;
    return { ok: false, message };
  }
  return { ok: true, amount: formatMoney(text) };
}

/**
 * Prints a decimal string the one way Volley prints money: exact, `.` separator, no grouping, no
 * needless zeros (`50.00` gives `50`, `00.10` gives `0.1`, `-0` gives `0`). Text that is no decimal
 * number comes back unchanged.
 */
export function formatMoney(text: string): string {
  const decimal = readDecimal(text);
  if (decimal === null) return text;
  const printed = printDecimal(decimal);
  return printed.includes('.') ? printed.replace(/\.?0+$/, '') : printed;
}

/**
 * Rounds a decimal string to exactly `places` digits after the point, half away from zero (`0.125`
 * to 2 places gives `0.13`, `-0.125` gives `-0.13`), filling up with zeros. Text that is no decimal
 * number comes back unchanged.
 */
export function roundMoney(text: string, places: number): string {
  const decimal = readDecimal(text);
  if (decimal === null) return text;
  if (decimal.scale <= places) {
    const units = decimal.units * 10n ** BigInt(places - decimal.scale);
    return printDecimal({ units, scale: places });
  }
  const divisor = 10n ** BigInt(decimal.scale - places);
  const half = (decimal.units < 0n ? -divisor : divisor) / 2n;
  // BigInt division cuts towards zero, so adding a signed half rounds half away from it.
  return printDecimal({ units: (decimal.units + half) / divisor, scale: places });
}

/**
 * Multiplies two decimal strings exactly. When `text` is no decimal number it comes back unchanged,
 * and so it does when `factor` is none.
 */
export function multiplyMoney(text: string, factor: string): string {
  const left = readDecimal(text);
  const right = readDecimal(factor);
  if (left === null || right === null) return text;
  const product = { units: left.units * right.units, scale: left.scale + right.scale };
  return formatMoney(printDecimal(product));
}

/** The number `units / 10 ** scale`. */
type Decimal = { units: bigint; scale: number };

function readDecimal(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const fraction = match[3] ?? '';
  const units = BigInt(`${match[2]}${fraction}`);
  return { units: match[1] === '-' ? -units : units, scale: fraction.length };
}

function printDecimal({ units, scale }: Decimal): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  if (scale === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
