/** Numbers and shapes as people read them. "Not known" is a dash, never 0. */

export const UNKNOWN = "–";
const PREFIXES = ["", "k", "M", "G", "T", "P"];

/** 1234567 -> `1.23 M`. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return scaled(value, 1000, PREFIXES);
}

/** 1234567 -> `1.18 MiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** 1.234 -> `1.23 ms`. */
export function milliseconds(value: number | null | undefined): string {
  return durations([value])(value);
}

/** Writes milliseconds of one column in one unit, that of the largest, so that they can be compared by eye. */
export function durations(column: Iterable<number | null | undefined>): (value: number | null | undefined) => string {
  let most = 0;
  for (const value of column) most = Math.max(most, Math.abs(value ?? 0));
  const [unit, scale] = most >= 1000 ? ["s", 0.001] : most < 1 && most > 0 ? ["µs", 1000] : ["ms", 1];
  return (value) => {
    if (value === null || value === undefined) return UNKNOWN;
    const scaled = value * scale;
    const small = scaled !== 0 && Math.abs(scaled) < SMALLEST;
    return `${small ? `< ${SMALLEST}` : digits(scaled)} ${unit}`;
  };
}

const SMALLEST = 0.001; // what three decimals can show

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : `${Math.round(value * 100)} %`;
}

/** With a sign in front; 0 is "no change" and gives an empty string. */
export function signed(value: number, write: (value: number) => string): string {
  if (value === 0) return "";
  return `${value > 0 ? "+" : "−"}${write(Math.abs(value))}`;
}

/** `[64, 112, 112]` -> `64 × 112 × 112`. */
export function shape(value: readonly number[] | null | undefined): string {
  return value ? value.join(" × ") : UNKNOWN;
}

/** 1234567 -> `1 234 567`, for tables and tooltips. */
export function exact(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f") : digits(value);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let scale = 0;
  let here = value;
  while (Math.abs(here) >= base * 0.9995 && scale < units.length - 1) {
    here /= base;
    scale++;
  }
  const unit = units[scale];
  return unit ? `${scale ? digits(here) : here}\u00a0${unit}` : String(here);
}

/** Three significant digits, without an exponent. */
export function digits(value: number): string {
  if (value === 0 || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}
