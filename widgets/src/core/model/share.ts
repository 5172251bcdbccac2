/** Keeps the objects of the last graph where nothing about them changed, so that only what changed is drawn again. */
import { equal } from "./json.js";
import type { Graph } from "./spec.js";

export function shared(before: Graph | undefined, now: Graph): Graph {
  if (!before) return now;
  return { ...now, nodes: reuse(before.nodes, now.nodes), links: reuse(before.links, now.links) };
}

/** True when both graphs lie on the lattice in the same way. */
export function sameLattice(a: Graph, b: Graph): boolean {
  return (
    a.nodes.length === b.nodes.length &&
    a.links.length === b.links.length &&
    a.nodes.every((x, i) => {
      const y = b.nodes[i];
      return x === y || (x.id === y?.id && x.level === y.level && x.stage === y.stage);
    }) &&
    a.links.every((x, i) => {
      const y = b.links[i];
      return x === y || (x.id === y?.id && x.source === y.source && x.target === y.target);
    })
  );
}

function reuse<T extends { id: string }>(before: readonly T[], now: T[]): T[] {
  const known = new Map(before.map((item) => [item.id, item]));
  return now.map((item) => {
    const old = known.get(item.id);
    return old && equal(old, item) ? old : item;
  });
}
