/** An extra link into a node, from any earlier stage. */
import { useState } from "react";
import { setValue } from "../../model/edits.js";
import type { GraphNode } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { Section } from "./parts.js";

export function AddLink({ node }: { node: GraphNode }) {
  const editor = useEditor();
  const { t } = editor;
  const graph = useSelect((s) => s.picture?.graph);
  const kinds = useSelect((s) => s.catalog?.catalog.links);
  const [source, setSource] = useState("");
  const [kind, setKind] = useState("");
  if (!graph || !kinds?.length) return null;
  const taken = new Set(graph.links.filter((l) => l.target === node.id).map((l) => l.source));
  const sources = graph.nodes.filter((n) => n.stage < node.stage && !taken.has(n.id));
  if (sources.length === 0) return null;
  const add = () => {
    const id = `${source}>${node.id}`;
    if (editor.apply(`${t("Added link")} ${id}`, (spec) => setValue(spec, ["links", id], { kind }))) {
      setSource("");
      editor.select({ kind: "link", id });
    }
  };
  return (
    <Section title={t("Add a link")}>
      <div className="al-add">
        <select className="al-input" aria-label={t("From")} value={source} onChange={(e) => setSource(e.target.value)}>
          <option value="">{t("from …")}</option>
          {sources.map((n) => (
            <option key={n.id}>{n.id}</option>
          ))}
        </select>
        <select className="al-input" aria-label={t("Kind")} value={kind} onChange={(e) => setKind(e.target.value)}>
          <option value="">{t("kind …")}</option>
          {kinds.map((one) => (
            <option key={one.type} value={one.type}>
              {one.type.replaceAll("_", " ")}
            </option>
          ))}
        </select>
        <button type="button" className="al-button" disabled={!source || !kind} onClick={add}>
          {t("Add")}
        </button>
      </div>
    </Section>
  );
}
