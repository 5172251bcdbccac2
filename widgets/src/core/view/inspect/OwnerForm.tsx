/** The stem, neck or head that a node belongs to, where the node says so. */
import { partAt } from "../../model/necks.js";
import type { GraphNode } from "../../model/spec.js";
import { PartForm } from "./PartForm.js";

export function OwnerForm({ node }: { node: GraphNode }) {
  const part = partAt(node.path);
  return part ? <PartForm shelf={part.shelf} path={part.steps} optional={part.shelf === "heads"} /> : null;
}
