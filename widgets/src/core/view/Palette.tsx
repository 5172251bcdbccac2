/** Cells by family; a click puts one into the text at the caret. */
import { useState } from "react";
import { editable, selectedNodes } from "../commands.js";
import type { Editor } from "../editor.js";
import { cellsText, setBlockText, setValue, withText } from "../model/edits.js";
import { getAt } from "../model/json.js";
import type { CatalogCell, Json, Spec } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";
import { Icon } from "./Icon.js";

/** Puts a code into the selected blocks, or into the document's own cells. */
export function insertCode(editor: Editor, code: string): boolean {
  const { caret } = editor.state;
  const nodes = selectedNodes(editor).filter((node) => node.kind === "block");
  const put = (owner: string, text: string) => {
    const at = caret?.node === owner ? caret : { start: text.length, end: text.length };
    const start = Math.min(at.start, text.length);
    return { text: text.slice(0, start) + code + text.slice(Math.max(start, at.end)), caret: start + code.length };
  };
  let last: { owner: string; caret: number } | undefined;
  const edit = (spec: Spec): Spec => {
    if (nodes.length === 0) {
      const cells = getAt(spec, ["cells"]);
      const owner = caret?.node.startsWith("$") ? caret.node : "$";
      const index = owner === "$" ? undefined : Number(owner.slice(1));
      const held = index === undefined || !Array.isArray(cells) ? cells : cells[index];
      const next = put(owner, cellsText(held));
      last = { owner, caret: next.caret };
      return index === undefined
        ? setValue(spec, ["cells"], next.text)
        : setValue(spec, ["cells", index], withText(held, next.text));
    }
    let result = spec;
    for (const node of nodes) {
      const next = put(node.id, editor.textOf(node.id));
      last = { owner: node.id, caret: next.caret };
      result = setBlockText(result, node.id, next.text, getAt(spec, ["blocks", node.id]) as Json | undefined);
    }
    return result;
  };
  const where = nodes.length ? nodes.map((node) => node.id).join(", ") : editor.t("the document");
  const changed = editor.apply(`${editor.t("Added")} ${code} ${editor.t("to")} ${where}`, edit);
  if (changed && last) editor.store.set({ caret: { node: last.owner, start: last.caret, end: last.caret } });
  return changed;
}

export function Palette() {
  const editor = useEditor();
  const { t } = editor;
  const families = useSelect((s) => s.catalog?.families);
  const [hint, setHint] = useState<CatalogCell | null>(null);
  const enabled = editable(editor);
  if (!families?.length) return null;
  return (
    <section className="al-palette" aria-label={t("Cells to insert")} onMouseLeave={() => setHint(null)}>
      {families.map(({ name, cells }) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its own frame.
        <div key={name} role="group" aria-label={name} className="al-palette-group">
          <h3>{t(name)}</h3>
          <div>
            {cells.map((cell) => (
              <button
                key={cell.code}
                type="button"
                className="al-cell"
                disabled={!enabled}
                aria-label={`${t("Insert")} ${cell.code}: ${cell.title}`}
                title={cell.doc}
                onMouseDown={(e) => e.preventDefault()}
                onMouseEnter={() => setHint(cell)}
                onFocus={() => setHint(cell)}
                onBlur={() => setHint(null)}
                onClick={() => insertCode(editor, cell.code)}
              >
                <Icon path={cell.icon} size={14} />
                <code>{cell.code}</code>
              </button>
            ))}
          </div>
        </div>
      ))}
      <p className="al-quiet al-palette-hint">
        {hint ? `${hint.code} · ${hint.title}${presetText(hint)}` : t("Click a cell to put it at the caret.")}
      </p>
    </section>
  );
}

function presetText(cell: CatalogCell): string {
  const preset = Object.entries(cell.preset ?? {});
  return preset.length
    ? ` (${preset.map(([name, value]) => `${name.replaceAll("_", " ")}: ${String(value)}`).join(", ")})`
    : "";
}
