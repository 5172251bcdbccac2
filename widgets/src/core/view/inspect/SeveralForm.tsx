/** Several blocks at once: one text for all of them. */
import { useRef } from "react";
import { editable } from "../../commands.js";
import { setBlockText } from "../../model/edits.js";
import { getAt } from "../../model/json.js";
import type { GraphNode, Spec } from "../../model/spec.js";
import { CellText } from "../CellText.js";
import { useEditor } from "../context.js";
import { Palette } from "../Palette.js";
import { BackToDocument, ResetButton, Section } from "./parts.js";

export function SeveralForm({ nodes }: { nodes: readonly GraphNode[] }) {
  const editor = useEditor();
  const { t } = editor;
  const blocks = nodes.filter((node) => node.kind === "block");
  const texts = new Set(blocks.map((node) => editor.textOf(node.id)));
  const base = useRef<{ gesture: string; spec: Spec | null }>({ gesture: "", spec: null });
  const type = (text: string, gesture: string) => {
    if (base.current.gesture !== gesture) base.current = { gesture, spec: editor.spec };
    const from = base.current.spec;
    editor.apply(
      `${blocks.map((n) => n.id).join(", ")}: ${text}`,
      (spec) =>
        blocks.reduce((now, n) => setBlockText(now, n.id, text, getAt(from ?? undefined, ["blocks", n.id])), spec),
      gesture,
    );
  };
  return (
    <div className="al-inspector">
      <header className="al-heading">
        <h2>
          {blocks.length} {t("blocks")}
        </h2>
        <BackToDocument />
        <p className="al-quiet">{nodes.map((n) => n.id).join(", ")}</p>
      </header>
      <Section title={t("Cells")}>
        <CellText
          label={t("Cells of the selected blocks")}
          text={texts.size === 1 ? ([...texts][0] ?? "") : ""}
          owner={blocks.map((n) => n.id).join(" ")}
          placeholder={t("different; type to replace all")}
          problems={[]}
          disabled={!editable(editor)}
          onChange={type}
        />
        <Palette />
        <ResetButton label={t("Reset these blocks")} />
      </Section>
    </div>
  );
}
