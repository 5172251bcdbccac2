/** Cells by family; a click puts one into the text at the caret. */
import { useId, useState } from "react";
import { editable, selectedLink, selectedNodes } from "../commands.js";
import type { Editor } from "../editor.js";
import { eachText, sharedEntry } from "../model/cells.js";
import { cellsText, setBlockText, setLinkField, setValue } from "../model/edits.js";
import { getAt } from "../model/json.js";
import { says } from "../model/picking.js";
import type { CatalogCell, Json, Spec } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";
import { Icon } from "./Icon.js";
import { CodePage } from "./inspect/CodePage.js";

/** Puts a code into the selected blocks, into the cells of the selected link, or into the document's own. */
export function insertCode(editor: Editor, code: string): boolean {
  const { caret } = editor.state;
  const nodes = selectedNodes(editor).filter((node) => node.kind === "block");
  const link = selectedLink(editor);
  // The caret is in an entry of the document's cells, of which a selected block may be one of many readers.
  const entry = caret && editor.spec ? sharedEntry(editor.spec, caret.node) : undefined;
  const put = (owner: string, text: string) => {
    const at = caret?.node === owner ? caret : { start: text.length, end: text.length };
    const start = Math.min(at.start, text.length);
    return { text: text.slice(0, start) + code + text.slice(Math.max(start, at.end)), caret: start + code.length };
  };
  let last: { owner: string; caret: number } | undefined;
  const edit = (spec: Spec): Spec => {
    if (link) {
      const next = put(link.id, cellsText(getAt(spec, ["links", link.id, "cells"]) ?? link.values.cells));
      last = { owner: link.id, caret: next.caret };
      return setLinkField(spec, link.id, "cells", next.text);
    }
    if (entry || nodes.length === 0) {
      const owner = entry ? (caret?.node ?? "") : "$.cells";
      const steps = entry ?? ["cells"];
      return setValue(
        spec,
        steps,
        eachText(getAt(spec, steps), (text) => {
          const next = put(owner, text);
          last = { owner, caret: next.caret };
          return next.text;
        }),
      );
    }
    let result = spec;
    for (const node of nodes) {
      const next = put(node.id, editor.textOf(node.id));
      last = { owner: node.id, caret: next.caret };
      result = setBlockText(result, node.id, next.text, getAt(spec, ["blocks", node.id]) as Json | undefined);
    }
    return result;
  };
  const where = link?.id ?? ((entry ? [] : nodes).map((node) => node.id).join(", ") || editor.t("the document"));
  const changed = editor.apply(`${editor.t("Added")} ${code} ${editor.t("to")} ${where}`, edit);
  if (changed && last) editor.store.set({ caret: { node: last.owner, start: last.caret, end: last.caret } });
  return changed;
}

/** From this many codes on there is a field to find one. */
const MANY = 9;

export function Palette() {
  const editor = useEditor();
  const { t } = editor;
  const families = useSelect((s) => s.catalog?.families);
  const [hint, setHint] = useState<CatalogCell | null>(null);
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const page = useId();
  const enabled = editable(editor);
  if (!families?.length) return null;
  const count = families.reduce((sum, { cells }) => sum + cells.length, 0);
  const shown = families.flatMap(({ name, cells }) => {
    const found = cells.filter((cell) => says(`${cell.code} ${cell.family} ${cell.doc}`, query));
    return found.length ? [{ name, cells: found }] : [];
  });
  const first = shown[0]?.cells[0];
  return (
    <section className="al-palette" aria-label={t("Cells to insert")}>
      {count >= MANY && (
        <input
          type="search"
          className="al-input"
          aria-label={t("Find a cell")}
          placeholder={t("Find a cell: code or word")}
          value={query}
          onChange={(e) => {
            setQuery(e.target.value);
            setHint(null);
          }}
          onKeyDown={(e) => {
            if (e.key !== "Enter" || !first || !enabled) return;
            insertCode(editor, first.code);
            e.preventDefault();
          }}
        />
      )}
      {shown.map(({ name, cells }) => (
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
                title={cell.title + presetText(cell)}
                onMouseDown={(e) => e.preventDefault()}
                onMouseEnter={() => setHint(cell)}
                onFocus={() => setHint(cell)}
                onClick={() => insertCode(editor, cell.code)}
              >
                <Icon path={cell.icon} size={14} />
                <code>{cell.code}</code>
              </button>
            ))}
          </div>
        </div>
      ))}
      <p className="al-quiet al-palette-hint" aria-live={query ? "polite" : undefined}>
        {shown.length === 0
          ? t("No cell is about that.")
          : hint
            ? `${hint.code} · ${hint.title}${presetText(hint)} `
            : t("Click a cell to put it at the caret.")}
        {hint && (
          <button
            type="button"
            className="al-link"
            aria-expanded={open}
            aria-controls={page}
            onClick={() => setOpen(!open)}
          >
            {open ? t("less") : `${t("about")} ${hint.code}`}
          </button>
        )}
      </p>
      {hint && open && (
        <div id={page} className="al-palette-page">
          <CodePage cell={hint} />
        </div>
      )}
    </section>
  );
}

function presetText(cell: CatalogCell): string {
  const preset = Object.entries(cell.preset ?? {});
  return preset.length
    ? ` (${preset.map(([name, value]) => `${name.replaceAll("_", " ")}: ${String(value)}`).join(", ")})`
    : "";
}
