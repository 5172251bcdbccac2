/** Feature maps of all nodes side by side in one picture, coloured by a table. Pure. */
import type { Features } from "./training.js";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Atlas {
  width: number;
  height: number;
  /** RGBA. */
  pixels: Uint8ClampedArray;
  /** Maps of each node. */
  places: Map<string, Rect[]>;
}

// Dark blue to pale yellow with even steps in lightness, readable without colour vision.
const STOPS: [number, number, number][] = [
  [13, 16, 48],
  [54, 33, 108],
  [112, 41, 120],
  [176, 56, 103],
  [228, 93, 76],
  [249, 154, 80],
  [250, 213, 128],
  [252, 246, 214],
];

/** 256 RGBA colours as one table. */
export const LUT: Uint8Array = (() => {
  const table = new Uint8Array(256 * 4);
  for (let value = 0; value < 256; value++) {
    const at = (value / 255) * (STOPS.length - 1);
    const low = Math.min(Math.floor(at), STOPS.length - 2);
    const part = at - low;
    for (let channel = 0; channel < 3; channel++) {
      const from = STOPS[low]?.[channel] ?? 0;
      const to = STOPS[low + 1]?.[channel] ?? 0;
      table[value * 4 + channel] = Math.round(from + (to - from) * part);
    }
    table[value * 4 + 3] = 255;
  }
  return table;
})();

/** One row of the atlas per node. */
export function atlasOf(features: ReadonlyMap<string, Features>): Atlas {
  const places = new Map<string, Rect[]>();
  let width = 1;
  let height = 0;
  for (const [id, { shape }] of features) {
    const [channels, h, w] = shape;
    places.set(
      id,
      Array.from({ length: channels }, (_, i) => ({ x: i * w, y: height, width: w, height: h })),
    );
    width = Math.max(width, channels * w);
    height += h;
  }
  const pixels = new Uint8ClampedArray(width * Math.max(1, height) * 4);
  for (const [id, { shape, data }] of features) {
    const [channels, h, w] = shape;
    const top = places.get(id)?.[0]?.y ?? 0;
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const value = (data[(c * h + y) * w + x] ?? 0) * 4;
          const to = ((top + y) * width + c * w + x) * 4;
          pixels[to] = LUT[value] ?? 0;
          pixels[to + 1] = LUT[value + 1] ?? 0;
          pixels[to + 2] = LUT[value + 2] ?? 0;
          pixels[to + 3] = 255;
        }
      }
    }
  }
  return { width, height: Math.max(1, height), pixels, places };
}

/** Equal tiles of the maps' proportions, as large as the area allows, centred. */
export function tiles(count: number, width: number, height: number, area: Rect, gap = 2): Rect[] {
  let best = { size: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const size = Math.min(
      (area.width - gap * (columns - 1)) / (columns * width),
      (area.height - gap * (rows - 1)) / (rows * height),
    );
    if (size > best.size) best = { size, columns };
  }
  const w = width * best.size;
  const h = height * best.size;
  const rows = Math.ceil(count / best.columns);
  const left = area.x + (area.width - best.columns * w - (best.columns - 1) * gap) / 2;
  const top = area.y + (area.height - rows * h - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, i) => ({
    x: left + (i % best.columns) * (w + gap),
    y: top + Math.floor(i / best.columns) * (h + gap),
    width: w,
    height: h,
  }));
}
