/** Numbers as text: whether a double says the same as what was written. */

const NUMBER = /^[+-]?(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$|^[+-]?()\.(\d+)(?:e([+-]?\d+))?$/i;

export function isNumberText(text: string): boolean {
  return NUMBER.test(text);
}

/**
 * False when reading and writing would change the value: digits beyond what a double holds, whole numbers beyond the
 * safe ones (others would not read them back), nothing left but infinity or zero.
 */
export function keepsNumber(text: string): boolean {
  const number = Number(text);
  if (!Number.isFinite(number)) return false;
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) return false;
  return decimal(text) === decimal(String(number));
}

/** Significant digits and the power of ten behind them: the same for `1.50e3` and `1500`. */
function decimal(text: string): string {
  const match = NUMBER.exec(text);
  if (!match) return text;
  const whole = match[1] ?? "";
  const fraction = match[2] ?? match[5] ?? "";
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  if (digits === "") return "0";
  const power = Number(match[3] ?? match[6] ?? 0) - fraction.length + (all.length - digits.length);
  return `${text.startsWith("-") ? "-" : ""}${digits}e${power}`;
}
