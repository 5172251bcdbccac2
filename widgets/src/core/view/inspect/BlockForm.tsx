/** One block: its text, the palette, its cells and their options, its links. */
import { useEffect, useRef, useState } from "react";
import { BLOCK_SCHEMA } from "../../../generated/constants.js";
import { say } from "../../a11y.js";
import { editable } from "../../commands.js";
import { cellsOf, sharedEntry } from "../../model/cells.js";
import { cellsText, setBlockField, setValue, TypingBase, WORD, words } from "../../model/edits.js";
import { getAt, isObject } from "../../model/json.js";
import { fieldsOf } from "../../model/schema.js";
import type { Diagnostic, GraphNode, Json, JsonObject } from "../../model/spec.js";
import { CellText, type CellTextHandle } from "../CellText.js";
import { useEditor, useSelect } from "../context.js";
import { FormField, problemsAt } from "../Form.js";
import { useProblemsById } from "../layers.js";
import { Palette } from "../Palette.js";
import { AddLink } from "./AddLink.js";
import { CellOptions } from "./CellOptions.js";
import { FixedCells } from "./FixedCells.js";
import { OwnerForm } from "./OwnerForm.js";
import { LinkList, NodeHeading, ResetButton, Section } from "./parts.js";
import { WindowPlan } from "./WindowPlan.js";

/** What a block has beside its cells; the graph says what counts where the document says nothing. */
const FIELDS = fieldsOf(BLOCK_SCHEMA);

/** Paths of what is said beside the cells: `$.blocks.B11.channels`, fields of one cell, options. */
const OF_A_FIELD = /\]\.|\.options|^\$\.blocks\.[^.[]+\.(?!cells\b)/;

export function BlockForm({ node }: { node: GraphNode }) {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const links = useSelect((s) => s.picture?.graph.links);
  const nodes = useSelect((s) => s.picture?.graph.nodes);
  const [everywhere, setEverywhere] = useState(false);
  const problems = useProblemsById().get(node.id) ?? [];
  const [picked, setPicked] = useState(0);
  const box = useRef<CellTextHandle>(null);
  const base = useRef(new TypingBase());
  useEffect(() => {
    editor.editText = () => box.current?.focus();
    return () => {
      editor.editText = () => {};
    };
  }, [editor]);
  if (content.kind !== "spec") return null;
  const block = getAt(content.spec, ["blocks", node.id]);
  const own = isObject(block) ? block : {};
  const { own: cells } = cellsOf(node);
  const text = editor.textOf(node.id);
  const readers = nodes?.filter((one) => one.path === node.path).map((one) => one.id) ?? [];
  const may = editable(editor);
  const path = `$.blocks.${node.id}`;
  const aboutText = problems.map((p) => located(p, block)).filter((p) => !OF_A_FIELD.test(p.path));

  const entry = block === undefined ? sharedEntry(content.spec, node.path) : undefined;
  const shared = entry !== undefined && everywhere;
  const type = (next: string, gesture: string) => {
    if (shared) {
      editor.apply(`${node.path}: ${next || t("empty")}`, (spec) => setValue(spec, entry, next), gesture);
      return;
    }
    const label = `${node.id}: ${next || t("empty")}`;
    editor.apply(label, (spec) => base.current.type(spec, [node.id], next, gesture), gesture);
  };

  return (
    <div className="al-inspector">
      <NodeHeading node={node} />
      <Section title={t("Cells")}>
        {entry && readers.length > 1 && (
          <label className="al-place">
            <span>{t("Type for")}</span>
            <select
              className="al-input"
              value={shared ? "entry" : "block"}
              onChange={(e) => {
                const all = e.target.value === "entry";
                setEverywhere(all);
                editor.store.set({ caret: all ? { node: node.path, start: text.length, end: text.length } : null });
              }}
            >
              <option value="block">{say(t, "{id} alone", { id: node.id })}</option>
              <option value="entry">{say(t, "all that share it: {ids}", { ids: readers.join(", ") })}</option>
            </select>
          </label>
        )}
        <CellText
          ref={box}
          label={`${t("Cells of")} ${node.id}`}
          text={shared ? cellsText(getAt(content.spec, entry)) : text}
          owner={shared ? node.path : node.id}
          problems={aboutText}
          disabled={!may}
          onChange={type}
        />
        <Palette />
      </Section>
      {node.cells.length > cells.length && <FixedCells node={node} />}
      {cells.length > 0 && (
        <Section title={t("Options")}>
          <div className="al-cells" role="toolbar" aria-label={t("Cells of this block")}>
            {cells.map((cell, index) => (
              <button
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place.
                key={index}
                type="button"
                className="al-cell"
                aria-pressed={index === picked}
                aria-label={`${t("Cell")} ${index + 1}: ${cell.code}`}
                data-wrong={!cell.known || undefined}
                onClick={() => setPicked(index)}
              >
                <code>{cell.code}</code>
              </button>
            ))}
          </div>
          <CellOptions
            key={Math.min(picked, cells.length - 1)}
            node={node}
            index={Math.min(picked, cells.length - 1)}
            whole={words(text).length === cells.length}
          />
        </Section>
      )}
      <WindowPlan of={node.id} />
      <Section title={t("Block")}>
        <div className="al-form">
          {FIELDS.map((field) => (
            <FormField
              key={field.name}
              field={field}
              path={`${path}.${field.name}`}
              value={own[field.name]}
              effective={(node as unknown as JsonObject)[field.name]}
              problems={problemsAt(problems, `${path}.${field.name}`)}
              disabled={!may}
              onChange={(value, gesture) =>
                editor.apply(
                  `${node.id}: ${field.name}`,
                  (spec) => setBlockField(spec, node.id, [field.name], value),
                  gesture,
                )
              }
            />
          ))}
        </div>
        <ResetButton label={t("Reset this block")} />
      </Section>
      <OwnerForm node={node} />
      <LinkList title={t("Inputs")} end="source" links={(links ?? []).filter((l) => l.target === node.id)} />
      <LinkList title={t("Goes to")} end="target" links={(links ?? []).filter((l) => l.source === node.id)} />
      {may && <AddLink node={node} />}
    </div>
  );
}

/** A span inside one entry of a list, counted over the whole text. */
function located(problem: Diagnostic, block: Json | undefined): Diagnostic {
  const cells = isObject(block) ? block.cells : block;
  const entry = /\[(\d+)\]$/.exec(problem.path);
  if (!problem.span || !Array.isArray(cells) || !entry) return problem;
  const before = Number(entry[1]) * WORD;
  return { ...problem, span: [problem.span[0] + before, problem.span[1] + before] };
}
