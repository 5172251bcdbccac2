/** Input, stem, fusions, and the modules of necks and heads. */
import type { GraphNode } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { AddLink } from "./AddLink.js";
import { FixedCells } from "./FixedCells.js";
import { InputForm } from "./InputForm.js";
import { OwnerForm } from "./OwnerForm.js";
import { LinkList, NodeHeading, Section } from "./parts.js";

export function NodeForm({ node }: { node: GraphNode }) {
  const { t } = useEditor();
  const links = useSelect((s) => s.picture?.graph.links) ?? [];
  const merge = useSelect((s) => s.catalog?.merges.get(node.merge));
  const view = useSelect((s) => s.training.shares.get(node.id)?.view);
  return (
    <div className="al-inspector">
      <NodeHeading node={node} />
      {node.kind === "input" && <InputForm />}
      <OwnerForm node={node} />
      {node.kind === "fusion" && (
        <Section title={t("Fusion")}>
          {merge && <p>{t(`${merge.title}.`)}</p>}
          {view && (
            <p className="al-quiet">
              {t("The shares say how much of the mixed signal each input carries, not how important it is.")}
            </p>
          )}
        </Section>
      )}
      {node.cells.length > 0 && <FixedCells node={node} />}
      <LinkList title={t("Inputs")} end="source" links={links.filter((l) => l.target === node.id)} />
      <LinkList title={t("Goes to")} end="target" links={links.filter((l) => l.source === node.id)} />
      {node.kind === "fusion" && <AddLink node={node} />}
    </div>
  );
}
