/** Input, stem, head, and fusions. */
import type { GraphNode } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { AddLink } from "./AddLink.js";
import { InputForm } from "./InputForm.js";
import { PartForm } from "./PartForm.js";
import { LinkList, NodeHeading, Section } from "./parts.js";

const MERGES: Record<string, string> = {
  sum: "Adds its inputs.",
  concat: "Puts its inputs behind one another, channel by channel.",
};

export function NodeForm({ node }: { node: GraphNode }) {
  const { t } = useEditor();
  const links = useSelect((s) => s.picture?.graph.links) ?? [];
  const view = useSelect((s) => s.training.shares.get(node.id)?.view);
  return (
    <div className="al-inspector">
      <NodeHeading node={node} />
      {node.kind === "input" && <InputForm />}
      {(node.kind === "stem" || node.kind === "head") && <PartForm part={node.kind} />}
      {node.kind === "fusion" && (
        <Section title={t("Fusion")}>
          <p>{t(MERGES[node.merge] ?? "Passes its input on.")}</p>
          {view && (
            <p className="al-quiet">
              {t("The shares say how much of the mixed signal each input carries, not how important it is.")}
            </p>
          )}
        </Section>
      )}
      <LinkList title={t("Inputs")} end="source" links={links.filter((l) => l.target === node.id)} />
      <LinkList title={t("Goes to")} end="target" links={links.filter((l) => l.source === node.id)} />
      {node.kind === "fusion" && <AddLink node={node} />}
    </div>
  );
}
