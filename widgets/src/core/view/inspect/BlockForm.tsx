/** One block: its text, the palette, its cells and their options, its links. */
import { useEffect, useRef, useState } from "react";
import { editable } from "../../commands.js";
import { setBlockField, TypingBase, words } from "../../model/edits.js";
import { getAt, isObject } from "../../model/json.js";
import { fieldOf } from "../../model/schema.js";
import type { Diagnostic, GraphNode, Json } from "../../model/spec.js";
import { CellText, type CellTextHandle } from "../CellText.js";
import { useEditor, useSelect } from "../context.js";
import { FormField, problemsAt } from "../Form.js";
import { useProblemsById } from "../layers.js";
import { Palette } from "../Palette.js";
import { AddLink } from "./AddLink.js";
import { CellOptions } from "./CellOptions.js";
import { LinkList, NodeHeading, ResetButton, Section } from "./parts.js";
import { WindowPlan } from "./WindowPlan.js";

const DENSE = fieldOf(
  "dense",
  { type: "boolean", default: false, description: "Every cell reads all earlier cells of the block" },
  undefined,
);
const CHECKPOINT = fieldOf(
  "checkpoint",
  { type: "boolean", default: false, description: "Compute again in the backward pass instead of keeping activations" },
  undefined,
);
const CHANNELS = fieldOf(
  "channels",
  { type: "integer", minimum: 1, description: "Channels that leave the block" },
  undefined,
);

export function BlockForm({ node }: { node: GraphNode }) {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const links = useSelect((s) => s.picture?.graph.links);
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
  const text = editor.textOf(node.id);
  const may = editable(editor);
  const path = `$.blocks.${node.id}`;
  const aboutText = problems.map((p) => located(p, block)).filter((p) => !/\]\.|\.options/.test(p.path));

  const type = (next: string, gesture: string) => {
    const label = `${node.id}: ${next || t("empty")}`;
    editor.apply(label, (spec) => base.current.type(spec, [node.id], next, gesture), gesture);
  };
  const set = (field: string) => (value: Json | undefined, gesture?: string) =>
    editor.apply(`${node.id}: ${field}`, (spec) => setBlockField(spec, node.id, [field], value), gesture);

  return (
    <div className="al-inspector">
      <NodeHeading node={node} />
      <Section title={t("Cells")}>
        <CellText
          ref={box}
          label={`${t("Cells of")} ${node.id}`}
          text={text}
          owner={node.id}
          problems={aboutText}
          disabled={!may}
          onChange={type}
        />
        <Palette />
      </Section>
      {node.cells.length > 0 && (
        <Section title={t("Options")}>
          <div className="al-cells" role="toolbar" aria-label={t("Cells of this block")}>
            {node.cells.map((cell, index) => (
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
            key={Math.min(picked, node.cells.length - 1)}
            node={node}
            index={Math.min(picked, node.cells.length - 1)}
            whole={words(text).length === node.cells.length}
          />
        </Section>
      )}
      <WindowPlan of={node.id} />
      <Section title={t("Block")}>
        <div className="al-form">
          <FormField
            field={DENSE}
            path={`${path}.dense`}
            value={own.dense}
            effective={node.dense}
            disabled={!may}
            onChange={set("dense")}
          />
          <FormField
            field={CHANNELS}
            path={`${path}.channels`}
            value={own.channels}
            effective={node.channels}
            problems={problemsAt(problems, `${path}.channels`)}
            disabled={!may}
            onChange={set("channels")}
          />
          <FormField
            field={CHECKPOINT}
            path={`${path}.checkpoint`}
            value={own.checkpoint}
            disabled={!may}
            onChange={set("checkpoint")}
          />
        </div>
        <ResetButton label={t("Reset this block")} />
      </Section>
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
  const before = Number(entry[1]) * 2;
  return { ...problem, span: [problem.span[0] + before, problem.span[1] + before] };
}
