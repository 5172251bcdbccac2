/** How a map is cut into windows and a window into patches, as lines to draw. Pure. */
import type { PlanRow } from "./spec.js";

/** A rectangle with a grid in it; all lengths are parts of the longer side of the whole picture's square. */
export interface Grid {
  width: number;
  height: number;
  /** Inner lines, from the left and from the top; none where they would run together. */
  columns: number[];
  rows: number[];
}

export interface Cutting {
  /** Everything that the windows cover. */
  map: Grid;
  /** Share of that which is really there, the rest being padding. */
  real: { width: number; height: number };
  /** Windows one behind the other along the depth. */
  deep: number;
  /** One window on the map. */
  window: { width: number; height: number };
  /** That window by itself, cut into tokens. */
  inside: Grid;
  /** One token of it; null where that is not known. */
  token: { width: number; height: number } | null;
}

/** More lines than this along an axis are a grey surface. */
export const MOST_LINES = 36;

export function cuttingOf(row: PlanRow): Cutting {
  const [deep, down, across] = row.windows;
  const [, high, wide] = row.window;
  const covered = { height: down * high, width: across * wide };
  const side = Math.max(covered.height, covered.width);
  const longer = Math.max(high, wide);
  const [, tall, broad] = tokenOf(row) ?? row.window;
  const inside = grid(wide / longer, high / longer, wide / broad, high / tall);
  return {
    map: grid(covered.width / side, covered.height / side, across, down),
    real: { width: row.size[2] / side, height: row.size[1] / side },
    deep: row.deep ? deep : 1,
    window: { width: wide / side, height: high / side },
    inside,
    token: tokenOf(row) && { width: broad / longer, height: tall / longer },
  };
}

function tokenOf(row: PlanRow): readonly [number, number, number] | null {
  if (row.token === "pixel") return [1, 1, 1];
  return row.token === "window" ? row.window : row.patch;
}

function grid(width: number, height: number, across: number, down: number): Grid {
  return { width, height, columns: lines(width, across), rows: lines(height, down) };
}

function lines(length: number, parts: number): number[] {
  if (parts > MOST_LINES) return [];
  return Array.from({ length: parts - 1 }, (_, i) => (length * (i + 1)) / parts);
}

/** `2×8×8`, or `8×8` where the depth is not cut. */
export function extent(row: Pick<PlanRow, "deep">, of: readonly number[]): string {
  return (row.deep ? of : of.slice(1)).join("×");
}
