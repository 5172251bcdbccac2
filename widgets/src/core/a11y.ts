/** Every label and announcement of the editor, in one table. `{name}` is filled in; nothing here is markup. */
import { cellsOf } from "./model/cells.js";
import { words } from "./model/edits.js";
import * as format from "./model/format.js";
import type { CostRow, Diagnostic, GraphCell, GraphLink, GraphNode } from "./model/spec.js";

export type Translate = (text: string) => string;

/** Translates and fills in. */
export function say(t: Translate, text: string, values: Record<string, string | number> = {}): string {
  return t(text).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Where a link leads, seen by resolution. */
export function direction(link: Pick<GraphLink, "steps">): "down" | "up" | "same" {
  if (link.steps === 0) return "same";
  return link.steps > 0 ? "down" : "up";
}

const DIRECTION = {
  down: { one: "down one level", more: "down {n} levels" },
  up: { one: "up one level", more: "up {n} levels" },
};

export function directionText(t: Translate, link: Pick<GraphLink, "steps">): string {
  const way = direction(link);
  if (way === "same") return t("same level");
  const n = Math.abs(link.steps);
  return n === 1 ? t(DIRECTION[way].one) : say(t, DIRECTION[way].more, { n });
}

const KINDS: Record<string, string> = {
  input: "Input",
  stem: "Stem",
  block: "Block {id}",
  fusion: "Fusion {id}",
  neck: "Neck {id}",
  head: "Head {id}",
};

/** Nodes that are the only ones of their kind: their id says nothing more. */
const ONLY: Record<string, string> = { neck: "Neck", head: "Head" };

export function nodeTitle(t: Translate, node: Pick<GraphNode, "id" | "kind">): string {
  const text = node.id === node.kind ? (ONLY[node.kind] ?? KINDS[node.kind]) : KINDS[node.kind];
  return say(t, text ?? "{id}", { id: node.id });
}

const FIXED: Record<string, string> = {
  backbone: "Fixed by the layout: {title}. Change the layout's fields to change it.",
  neck: "Fixed by the neck: {title}. Change the neck's fields to change it.",
  head: "Fixed by the head: {title}. Change the head's fields to change it.",
};

/** Why a cell cannot be changed. */
export function fixedText(t: Translate, section: string, title: string): string {
  return say(t, FIXED[section] ?? "{title}", { title });
}

/** The same of a cell whose title is not at hand. */
export const FIXED_NOTE = "Fixed, not written in the document";

const SECTIONS: Record<string, string> = { neck: "part of the neck", head: "part of the head" };

/** What a screen reader says about a node. */
export function describeNode(
  t: Translate,
  node: GraphNode,
  text: string,
  problems: readonly Diagnostic[],
  overlay: string,
): string {
  const parts = [nodeTitle(t, node), say(t, "level {level}, stage {stage}", { level: node.level, stage: node.stage })];
  if (node.kind === "block") parts.push(text ? say(t, "cells {text}", { text: words(text).join(" ") }) : t("no cells"));
  const { before, after } = cellsOf(node);
  const codes = (cells: readonly GraphCell[]) => cells.map((cell) => cell.code).join(" ");
  if (before.length) parts.push(say(t, "fixed before them {codes}", { codes: codes(before) }));
  if (after.length) parts.push(say(t, "fixed behind them {codes}", { codes: codes(after) }));
  if (SECTIONS[node.section] && node.kind !== node.section) parts.push(t(SECTIONS[node.section] ?? ""));
  if (node.shape) parts.push(say(t, "shape {shape}", { shape: node.shape.join(" by ") }));
  if (node.overridden) parts.push(t("its own cells"));
  if (overlay) parts.push(overlay);
  for (const problem of problems.slice(0, 2))
    parts.push(`${t(SEVERITY[problem.severity] ?? problem.severity)}: ${problem.message}`);
  return parts.join(", ");
}

export function describeLink(t: Translate, link: GraphLink, share?: number): string {
  const parts = [
    say(t, "Link {source} to {target}", { source: link.source, target: link.target }),
    directionText(t, link),
    link.kind.replaceAll("_", " "),
    link.off ? t("off") : t("on"),
  ];
  if (typeof link.values.cells === "string") parts.push(say(t, "cells {text}", { text: link.values.cells }));
  if (!link.derived) parts.push(t("extra link"));
  if (share !== undefined) parts.push(say(t, "share {share}", { share: format.percent(share) }));
  return parts.join(", ");
}

export function describeCost(t: Translate, row: CostRow | undefined): string {
  if (!row) return "";
  return say(t, "{params} parameters, {macs} MACs, {memory} activation memory", {
    params: format.count(row.params),
    macs: format.count(row.macs),
    memory: format.bytes(row.activation_bytes),
  });
}

export const SEVERITY: Record<string, string> = { error: "Error", warning: "Warning", info: "Note" };

/** The gravest severity among problems, empty without any that need attention. */
export function worst(problems: readonly Diagnostic[]): string {
  if (problems.some((p) => p.severity === "error")) return "error";
  return problems.some((p) => p.severity === "warning") ? "warning" : "";
}

export const OVERLAY_TITLES: Record<string, string> = {
  none: "No overlay",
  params: "Parameters",
  macs: "MACs",
  memory: "Activation memory",
  latency: "Latency (p50)",
};

export const ORIGINS: Record<string, string> = {
  cell: "set on this cell",
  block: "from the block",
  level: "from the level",
  layout: "from the layout",
  code: "from all cells of this code",
  plan: "from the window plan",
  options: "from the document",
  word: "fixed by the code",
  compat: "as the original builds it",
  default: "default",
};

const COUNTS: [string, string, string][] = [
  ["error", "1 error", "{n} errors"],
  ["warning", "1 warning", "{n} warnings"],
  ["info", "1 note", "{n} notes"],
];

export function problemCount(t: Translate, problems: readonly Diagnostic[]): string {
  const parts = COUNTS.flatMap(([severity, one, more]) => {
    const n = problems.filter((p) => p.severity === severity).length;
    return n === 0 ? [] : [n === 1 ? t(one) : say(t, more, { n })];
  });
  return parts.length ? parts.join(", ") : t("No problems");
}

/** How old the feature maps and shares on the canvas are. */
export function capturedText(t: Translate, step: number | null): string {
  if (step === null) return "";
  return step === 0 ? t("untrained") : say(t, "as of step {n}", { n: step });
}
