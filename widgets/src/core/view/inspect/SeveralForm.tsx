/** Several blocks at once: one text for all of them. */
import { useEffect, useRef } from "react";
import { editable } from "../../commands.js";
import { TypingBase } from "../../model/edits.js";
import type { GraphNode } from "../../model/spec.js";
import { CellText, type CellTextHandle } from "../CellText.js";
import { useEditor } from "../context.js";
import { Palette } from "../Palette.js";
import { BackToDocument, ResetButton, Section } from "./parts.js";

export function SeveralForm({ nodes }: { nodes: readonly GraphNode[] }) {
  const editor = useEditor();
  const { t } = editor;
  const blocks = nodes.filter((node) => node.kind === "block");
  const texts = new Set(blocks.map((node) => editor.textOf(node.id)));
  const base = useRef(new TypingBase());
  const box = useRef<CellTextHandle>(null);
  useEffect(() => {
    editor.editText = () => box.current?.focus();
    return () => {
      editor.editText = () => {};
    };
  }, [editor]);
  const type = (text: string, gesture: string) => {
    const ids = blocks.map((n) => n.id);
    editor.apply(`${ids.join(", ")}: ${text}`, (spec) => base.current.type(spec, ids, text, gesture), gesture);
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
          ref={box}
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
