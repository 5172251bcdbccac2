/** Which cells of a node the document holds, and where its entry of the document's `cells` is written. Pure. */
import { words } from "./edits.js";
import { getAt, type Step } from "./json.js";
import type { GraphCell, GraphNode, Json, PlanRow, Spec } from "./spec.js";

/** Cells of a node in their order; only `own` are counted and changed by the document. */
export interface CellsOf {
  before: GraphCell[];
  own: GraphCell[];
  after: GraphCell[];
}

/** Parts the cells of a node: those that layout, neck or head fix stand around the document's own. */
export function cellsOf(node: Pick<GraphNode, "cells">): CellsOf {
  const own = node.cells.filter((cell) => !cell.fixed);
  const first = own[0] ? node.cells.indexOf(own[0]) : node.cells.length;
  return { before: node.cells.slice(0, first), own, after: node.cells.slice(first + own.length) };
}

/** Cells that follow one another with the same code, as one chip. */
export interface Run {
  code: string;
  times: number;
  fixed: boolean;
}

/** `T1T1T1L1` -> three of one, one of the other; `text` may be ahead of the node's own cells. */
export function runsOf(node: Pick<GraphNode, "cells">, text: string): Run[] {
  const { before, after } = cellsOf(node);
  const runs: Run[] = [];
  const add = (code: string, fixed: boolean) => {
    const last = runs.at(-1);
    if (last?.code === code && last.fixed === fixed) last.times++;
    else runs.push({ code, times: 1, fixed });
  };
  for (const cell of before) add(cell.code, true);
  for (const code of words(text)) add(code, false);
  for (const cell of after) add(cell.code, true);
  return runs;
}

/** Places of a plan's cells as a reader counts them: from 1, among the document's own. */
export function placesOf(row: PlanRow, node: Pick<GraphNode, "cells"> | undefined): number[] {
  const fixed = node ? cellsOf(node).before.length : 0;
  return row.cells.map((cell) => cell + 1 - fixed).filter((place) => place > 0);
}

/** Every cell string of a document's `cells` changed in the same way; lists keep their shape. */
export function eachText(cells: Json | undefined, change: (text: string) => string): Json {
  if (Array.isArray(cells)) return cells.map((entry) => eachText(entry, change));
  return change(typeof cells === "string" ? cells : "");
}

/**
 * The steps to the entry of the document's `cells` that a path of the last answer names; undefined where the document
 * has no text there, or not any more.
 */
export function sharedEntry(spec: Spec, path: string): Step[] | undefined {
  const steps = entrySteps(path);
  if (!steps) return undefined;
  const found = getAt(spec, steps);
  return typeof found === "string" || (steps.length === 1 && found === undefined) ? steps : undefined;
}

/** `$.cells[1][0]` -> the steps to it; undefined for any other path. */
function entrySteps(path: string): Step[] | undefined {
  const match = /^\$\.cells((?:\[\d+\])*)$/.exec(path);
  if (!match) return undefined;
  return ["cells", ...[...(match[1] ?? "").matchAll(/\d+/g)].map((index) => Number(index[0]))];
}
