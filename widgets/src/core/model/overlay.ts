/** What the colours and numbers on the canvas stand for. */
import * as format from "./format.js";
import type { Profiling } from "./profiling.js";
import type { CostRow, Estimate } from "./spec.js";

export type OverlayName = "none" | "params" | "macs" | "memory" | "latency";
export const OVERLAYS: readonly OverlayName[] = ["none", "params", "macs", "memory", "latency"];

export interface Overlay {
  name: OverlayName;
  values: ReadonlyMap<string, number>;
  max: number;
  write: Writer;
}

type Writer = (value: number | null | undefined) => string;

const WRITERS: Record<OverlayName, (values: Iterable<number>) => Writer> = {
  none: () => () => "",
  params: () => format.count,
  macs: () => format.count,
  memory: () => format.bytes,
  latency: format.durations,
};

const READERS: Record<Exclude<OverlayName, "none" | "latency">, (row: CostRow) => number | null> = {
  params: (row) => row.params,
  macs: (row) => row.macs,
  memory: (row) => row.activation_bytes,
};

export function overlayOf(name: OverlayName, estimate: Estimate | null, profiling: Profiling): Overlay {
  const values = new Map<string, number>();
  if (name === "latency") {
    for (const [id, time] of profiling.times) values.set(id, time.p50);
  } else if (name !== "none" && estimate) {
    for (const row of [...estimate.nodes, ...estimate.links]) {
      const value = READERS[name](row);
      if (value !== null && value !== undefined) values.set(row.id, value);
    }
  }
  let max = 0;
  const nodes = name === "latency" ? null : new Set(estimate?.nodes.map((row) => row.id));
  for (const [id, value] of values) if (!nodes || nodes.has(id)) max = Math.max(max, value);
  return { name, values, max, write: WRITERS[name](values.values()) };
}

export interface Totals {
  params: number | null;
  macs: number | null;
  flops: number | null;
  memory: number | null;
}

export function totalsOf(estimate: Estimate | null): Totals | null {
  if (!estimate) return null;
  return {
    params: estimate.params,
    macs: estimate.macs,
    flops: estimate.flops,
    memory: estimate.activation_bytes,
  };
}

/** Now minus before, null where either is not known. */
export function difference(now: Totals | null, before: Totals | null): Totals | null {
  if (!now || !before) return null;
  const minus = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);
  return {
    params: minus(now.params, before.params),
    macs: minus(now.macs, before.macs),
    flops: minus(now.flops, before.flops),
    memory: minus(now.memory, before.memory),
  };
}
