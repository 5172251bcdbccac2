/** Blocks on the clipboard: readable JSON that also pastes into other documents and into code. */
import { clearBlock, words } from "./edits.js";
import { getAt, isObject, setAt } from "./json.js";
import type { Graph, GraphNode, Json, Spec } from "./spec.js";

const FORMAT = "archlab/blocks";

interface Entry {
  /** Position relative to the first copied block. */
  level: number;
  stage: number;
  block: Json;
}

/** The selected blocks as text; undefined when none of the ids is a block. */
export function copyBlocks(spec: Spec, graph: Graph, ids: readonly string[]): string | undefined {
  const nodes = graph.nodes.filter((node) => node.kind === "block" && ids.includes(node.id));
  if (nodes.length === 0) return undefined;
  const level = Math.min(...nodes.map((node) => node.level));
  const stage = Math.min(...nodes.map((node) => node.stage));
  const blocks: Entry[] = nodes.map((node) => ({
    level: node.level - level,
    stage: node.stage - stage,
    block: withCells(getAt(spec, ["blocks", node.id]), node.text),
  }));
  return JSON.stringify({ format: FORMAT, blocks }, null, 2);
}

/** What the document says of a block, with its cells also where it says only other things of it. */
function withCells(block: Json | undefined, text: string): Json {
  return isObject(block) && block.cells === undefined ? { ...block, cells: text } : (block ?? text);
}

function readEntries(text: string): Entry[] | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(value) || value.format !== FORMAT || !Array.isArray(value.blocks)) return undefined;
  const entries: Entry[] = [];
  for (const entry of value.blocks) {
    if (!isObject(entry) || entry.block === undefined || entry.block === null) continue;
    entries.push({
      level: Number.isInteger(entry.level) ? (entry.level as number) : 0,
      stage: Number.isInteger(entry.stage) ? (entry.stage as number) : 0,
      block: entry.block,
    });
  }
  return entries.length ? entries : undefined;
}

/**
 * Pastes at the anchor: copied blocks keep their places relative to each other, a single one goes to every selected
 * block. Plain text of known codes is taken as a cell string. Undefined when the text is nothing of the kind.
 */
export function pasteBlocks(
  spec: Spec,
  graph: Graph,
  anchor: GraphNode,
  selected: readonly string[],
  text: string,
  isCode: (word: string) => boolean,
): { spec: Spec; ids: string[] } | undefined {
  const plain = text.trim();
  const entries =
    readEntries(text) ??
    (plain && words(plain).every(isCode) ? [{ level: 0, stage: 0, block: plain as Json }] : undefined);
  if (!entries) return undefined;
  const blocks = graph.nodes.filter((node) => node.kind === "block");
  const ids: string[] = [];
  let next = spec;
  const first = entries[0] as Entry;
  const targets: [GraphNode | undefined, Json][] =
    entries.length === 1
      ? blocks.filter((node) => node.id === anchor.id || selected.includes(node.id)).map((node) => [node, first.block])
      : entries.map((entry) => [
          blocks.find((n) => n.level === anchor.level + entry.level && n.stage === anchor.stage + entry.stage),
          entry.block,
        ]);
  for (const [node, block] of targets) {
    if (!node) continue;
    ids.push(node.id);
    next = setAt(next, ["blocks", node.id], block) as Spec;
  }
  return ids.length ? { spec: next, ids } : undefined;
}

/** The document without the overrides of these blocks. */
export function clearBlocks(spec: Spec, ids: readonly string[]): Spec {
  return ids.reduce(clearBlock, spec);
}
