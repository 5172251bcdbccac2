/** Options of one cell: what counts, where that comes from, and at which of five places to set it. */
import { useState } from "react";
import { ORIGINS, say } from "../../a11y.js";
import { editable } from "../../commands.js";
import { cellsOf } from "../../model/cells.js";
import { setBlockField, setCellField, setLevelOption, setValue } from "../../model/edits.js";
import { equal, getAt, isObject } from "../../model/json.js";
import { fieldsOf, title, written } from "../../model/schema.js";
import type { GraphCell, GraphNode, Json, JsonObject, Spec } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { FormField, problemsAt } from "../Form.js";
import { CodePage } from "./CodePage.js";
import { FieldGroups } from "./parts.js";

type Place = "cell" | "block" | "code" | "level" | "options";

export function CellOptions({ node, index, whole }: { node: GraphNode; index: number; whole: boolean }) {
  const editor = useEditor();
  const { t } = editor;
  const [place, setPlace] = useState<Place>("cell");
  const [about, setAbout] = useState(false);
  const content = useSelect((s) => s.content);
  const diagnostics = useSelect((s) => s.diagnostics);
  const cell = cellsOf(node).own[index];
  const entry = useSelect((s) => (cell ? s.catalog?.cells.get(cell.code) : undefined));
  if (!cell || content.kind !== "spec") return null;
  const { spec } = content;
  if (!entry) return <p className="al-quiet">{say(t, "{code} is not known here.", { code: cell.code })}</p>;
  const held = heldAt(spec, node, index, cell.code, place);
  const fields = fieldsOf(entry.schema);
  const preset = Object.keys(entry.preset ?? {});

  const problemsOf = (field: string) => problemsAt(diagnostics, pathAt(node, cell, place, field));
  const write = (field: string, value: Json | undefined, gesture?: string) => {
    const owners = { options: t("Document"), level: `${t("Level")} ${node.level}`, code: cell.code };
    const owner = place === "cell" || place === "block" ? node.id : owners[place];
    const label = `${owner}: ${t(title(field))} ${written(value)}`;
    editor.apply(
      label,
      (now) => put(now, node, index, cell.code, place, field, value, editor.textOf(node.id)),
      gesture,
    );
  };

  return (
    <div className="al-options">
      <details className="al-about" onToggle={(e) => setAbout(e.currentTarget.open)}>
        <summary>{entry.title}</summary>
        {about && <CodePage cell={entry} />}
      </details>
      <label className="al-place">
        <span>{t("Set for")}</span>
        <select className="al-input" value={place} onChange={(e) => setPlace(e.target.value as Place)}>
          <option value="cell">{say(t, "this cell ({n} of {id})", { n: index + 1, id: node.id })}</option>
          <option value="block">{say(t, "all cells of {id}", { id: node.id })}</option>
          <option value="code">{say(t, "all {code} of the document", { code: cell.code })}</option>
          <option value="level">{say(t, "all cells at level {n}", { n: node.level })}</option>
          <option value="options">{t("the whole document")}</option>
        </select>
      </label>
      <FieldGroups
        fields={fields}
        busy={(field) => held[field.name] !== undefined || problemsOf(field.name).length > 0}
      >
        {(field) => {
          const used = cell.effective[field.name];
          return (
            <div key={`${place}.${field.name}`}>
              <FormField
                field={field}
                path={pathAt(node, cell, place, field.name)}
                value={held[field.name]}
                effective={cell.values[field.name]}
                origin={cell.origin[field.name] ?? "default"}
                inert={place === "cell" || place === "block" ? cell.inert?.[field.name] : undefined}
                problems={problemsOf(field.name)}
                disabled={!editable(editor) || (place === "cell" && !whole)}
                onChange={(value, gesture) => write(field.name, value, gesture)}
              />
              {used !== undefined && !equal(used, cell.values[field.name]) && (
                <p className="al-field-note">
                  {t("really used:")} {written(used)}
                </p>
              )}
            </div>
          );
        }}
      </FieldGroups>
      <div className="al-form">
        {preset.map((name) => (
          <p key={name} className="al-fixed">
            <span>{t(title(name))}</span>
            <span>
              {written(cell.values[name])}{" "}
              <small>{t(ORIGINS[cell.origin[name] === "word" ? "word" : "compat"] ?? "")}</small>
            </span>
          </p>
        ))}
      </div>
    </div>
  );
}

function heldAt(spec: Spec, node: GraphNode, index: number, code: string, place: Place): JsonObject {
  const block = getAt(spec, ["blocks", node.id]);
  const cells = isObject(block) ? block.cells : block;
  const found = {
    cell: () => (Array.isArray(cells) ? cells[index] : undefined),
    block: () => (isObject(block) ? block.options : undefined),
    code: () => getAt(spec, ["code_options", code]),
    level: () => getAt(spec, ["level_options", node.level]),
    options: () => spec.options,
  }[place]();
  return isObject(found) ? found : {};
}

function pathAt(node: GraphNode, cell: GraphCell, place: Place, field: string): string {
  const base = {
    cell: cell.path,
    block: `$.blocks.${node.id}.options`,
    code: `$.code_options.${cell.code}`,
    level: `$.level_options[${node.level}]`,
    options: "$.options",
  }[place];
  return `${base}.${field}`;
}

function put(
  spec: Spec,
  node: GraphNode,
  index: number,
  code: string,
  place: Place,
  field: string,
  value: Json | undefined,
  text: string,
): Spec {
  if (place === "cell") return setCellField(spec, node.id, text, index, field, value);
  if (place === "block") return setBlockField(spec, node.id, ["options", field], value);
  if (place === "level") return setLevelOption(spec, node.level, field, value);
  return setValue(spec, place === "code" ? ["code_options", code, field] : ["options", field], value);
}
