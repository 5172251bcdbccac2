/** SVG path data of routes, and boxes around what is drawn. Pure. */
import type { Lattice, Route } from "./lattice.js";

const round = (n: number) => Math.round(n * 100) / 100;

export function pathOf(route: Route): string {
  const [start, ...rest] = route.points;
  if (!start) return "";
  const parts = [`M${round(start.x)} ${round(start.y)}`];
  for (let i = 0; i + 2 < rest.length; i += 3) {
    const piece = rest.slice(i, i + 3).map((p) => `${round(p.x)} ${round(p.y)}`);
    parts.push(`C${piece.join(" ")}`);
  }
  return parts.join("");
}

/** A head at the end of a route; routes always arrive from the left. */
export function arrowOf(route: Route): string {
  const end = route.points.at(-1);
  return end ? `M${round(end.x)} ${round(end.y)}l-7 -3.5v7z` : "";
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function boundsOf(lattice: Lattice): Box {
  return { x: 0, y: 0, width: lattice.width, height: lattice.height };
}

/** Scale and shift that show a box in a window, never larger than `most`. */
export function fitting(
  box: Box,
  width: number,
  height: number,
  margin: number,
  most: number,
): { k: number; x: number; y: number } {
  if (box.width === 0 || box.height === 0 || width <= 0 || height <= 0) return { k: 1, x: 0, y: 0 };
  const k = Math.max(0.02, Math.min((width - 2 * margin) / box.width, (height - 2 * margin) / box.height, most));
  return { k, x: (width - k * box.width) / 2 - k * box.x, y: (height - k * box.height) / 2 - k * box.y };
}
