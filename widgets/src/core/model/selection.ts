/** What is selected, and how the arrow keys move over the lattice. */
import type { PlacedNode } from "../geometry/lattice.js";

/** Nodes (the last is where the focus is), one link, or nothing (the document itself). */
export type Selection = { kind: "none" } | { kind: "nodes"; ids: readonly string[] } | { kind: "link"; id: string };

export const NOTHING: Selection = { kind: "none" };

export type Direction = "left" | "right" | "up" | "down";

export function focusOf(selection: Selection): string | undefined {
  if (selection.kind === "nodes") return selection.ids.at(-1);
  return selection.kind === "link" ? selection.id : undefined;
}

export function isSelected(selection: Selection, id: string): boolean {
  return selection.kind === "nodes" ? selection.ids.includes(id) : selection.kind === "link" && selection.id === id;
}

/** Adds a node, or takes it out when it is there. */
export function toggled(selection: Selection, id: string): Selection {
  const ids = selection.kind === "nodes" ? selection.ids : [];
  const next = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
  return next.length ? { kind: "nodes", ids: next } : NOTHING;
}

/** Adds a node and moves the focus to it. */
export function extended(selection: Selection, id: string): Selection {
  const ids = selection.kind === "nodes" ? selection.ids : [];
  return { kind: "nodes", ids: [...ids.filter((other) => other !== id), id] };
}

/** Without the ids that are gone. */
export function surviving(selection: Selection, nodes: ReadonlySet<string>, links: ReadonlySet<string>): Selection {
  if (selection.kind === "link") return links.has(selection.id) ? selection : NOTHING;
  if (selection.kind === "none") return selection;
  const ids = selection.ids.filter((id) => nodes.has(id));
  if (ids.length === selection.ids.length) return selection;
  return ids.length ? { kind: "nodes", ids } : NOTHING;
}

/** The next node in a direction: along the row for left and right, to the nearest column of the next row otherwise. */
export function neighbour(nodes: Iterable<PlacedNode>, from: PlacedNode, direction: Direction): PlacedNode | undefined {
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  const alongRow = direction === "left" || direction === "right";
  let best: PlacedNode | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const ahead = sign * (alongRow ? node.column - from.column : node.level - from.level);
    if (node.id === from.id || ahead <= 0) continue;
    const aside = Math.abs(alongRow ? node.level - from.level : node.column - from.column);
    const score = alongRow ? aside * 1000 + ahead : ahead * 1000 + aside;
    if (score < bestScore) {
      best = node;
      bestScore = score;
    }
  }
  return best;
}
