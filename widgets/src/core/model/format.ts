/**
 * Numbers and shapes as people read them. "Not known" is a dash, never 0.
 *
 * `archlab/text/numbers.py` writes the same numbers in Python; tests/fixtures/numbers.json holds both to the same text.
 */

export const UNKNOWN = "–";
const DECIMAL = ["", "k", "M", "G", "T", "P"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB"];
const SMALLEST_DURATION = 0.001; // in the unit of its column; less is below what any clock resolves
const MOST_PERCENT = 1e15; // beyond it a double has no decimals to write

type Maybe = number | null | undefined;

/** How many, with a decimal prefix: 1234567 -> `1.23 M`. */
export function count(value: Maybe): string {
  return known(value) ? scaled(value, 1000, DECIMAL) : UNKNOWN;
}

/** Bytes with a binary prefix: 1234567 -> `1.18 MiB`. */
export function bytes(value: Maybe): string {
  return known(value) ? scaled(value, 1024, BINARY) : UNKNOWN;
}

/** A time in milliseconds, in the unit that suits it: 0.85 -> `850 µs`. */
export function milliseconds(value: Maybe): string {
  return durations([value])(value);
}

/** A writer for a column of milliseconds, in the unit of the largest, so that they compare at a glance. */
export function durations(column: Iterable<Maybe>): (value: Maybe) => string {
  let most = 0;
  for (const value of column) most = Math.max(most, Math.abs(value ?? 0));
  const [unit, scale] = most >= 999.5 ? ["s", 0.001] : most < 0.9995 && most > 0 ? ["µs", 1000] : ["ms", 1];
  return (value) => {
    if (!known(value)) return UNKNOWN;
    const scaled = value * scale;
    const small = scaled !== 0 && Math.abs(scaled) < SMALLEST_DURATION;
    return `${small ? `< ${SMALLEST_DURATION}` : digits(scaled)} ${unit}`;
  };
}

/** A fraction of 1 in hundredths: 0.986 -> `98.6 %`. */
export function percent(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  const hundredths = 100 * value;
  return `${Math.abs(hundredths) < MOST_PERCENT ? fixed(hundredths, 1) : digits(hundredths)} %`;
}

/** With a sign in front; 0 is "no change" and gives an empty string. */
export function signed(value: number, write: (value: number) => string): string {
  if (value === 0) return "";
  return `${value > 0 ? "+" : "−"}${write(Math.abs(value))}`;
}

/** `[64, 112, 112]` -> `64×112×112`. */
export function shape(value: readonly number[] | null | undefined): string {
  return value ? value.join("×") : UNKNOWN;
}

/** A whole number with all its digits, 1234567 -> `1 234 567`; others as `digits`. */
export function exact(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  return Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f") : digits(value);
}

/** Three significant digits: `12.3`, `0.250`, `1.20e-5`; whole numbers, and all from 100 on, without decimals. */
export function digits(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  const found = DECIMALS.find(([least]) => size >= least);
  return found ? fixed(value, found[1]) : value.toExponential(2);
}

/** From each of these magnitudes on, so many decimals make three significant digits once the number is rounded. */
const DECIMALS = [
  [99.95, 0],
  [9.995, 1],
  [0.9995, 2],
  [0.09995, 3],
  [0.009995, 4],
  [0.0009995, 5],
] as const;

/** `value` in the largest unit that leaves at least 1; half below `base` is too near, it would be written as `base`. */
function scaled(value: number, base: number, units: readonly string[]): string {
  let step = 0;
  while (Math.abs(value) / base ** step >= base - 0.5 && step < units.length - 1) step++;
  return `${digits(value / base ** step)} ${units[step]}`.trimEnd();
}

/** `value` with so many decimals; a rounded zero has no sign. */
function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

function known(value: Maybe): value is number {
  return value !== null && value !== undefined;
}
