/** Numbers behind a chart: range, round ticks, thinning. Pure. */
import type { Point } from "./training.js";

/** Range of the values with a little air; never empty. */
export function extent(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (low === high) return [low - 0.5, high + 0.5];
  const air = (high - low) * 0.05;
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

/** About `count` round numbers inside a range. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((n) => n * power >= rough * 0.99) ?? 10) * power;
  const result: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9) + 0; i * step <= high + step * 1e-9; i++) result.push(i * step + 0);
  return result;
}

/** At most `most` points: means of equal groups, the last point as it is. */
export function sampled(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points];
  const size = Math.ceil((points.length - 1) / (most - 1));
  const result: Point[] = [];
  for (let at = 0; at < points.length - 1; at += size) {
    const group = points.slice(at, Math.min(at + size, points.length - 1));
    const mean = (read: (p: Point) => number) => group.reduce((sum, p) => sum + read(p), 0) / group.length;
    result.push({ step: mean((p) => p.step), value: mean((p) => p.value) });
  }
  result.push(points[points.length - 1] as Point);
  return result;
}

/** Exponential moving average, for a line through noisy losses. */
export function smoothed(points: readonly Point[], weight = 0.9): Point[] {
  let mean = points[0]?.value ?? 0;
  return points.map((p, i) => {
    mean = i === 0 ? p.value : weight * mean + (1 - weight) * p.value;
    return { step: p.step, value: mean };
  });
}
