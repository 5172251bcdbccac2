/** Layout, stem, neck or head: which one, and its fields. */
import { useId } from "react";
import { editable } from "../../commands.js";
import { fieldNames } from "../../model/catalog.js";
import { setPartType, setValue } from "../../model/edits.js";
import { getAt, pathText, type Step, setAt } from "../../model/json.js";
import { asPart } from "../../model/necks.js";
import { title } from "../../model/schema.js";
import type { CatalogPart, JsonObject, Spec } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { problemsAt } from "../Form.js";
import { SchemaForm, Section } from "./parts.js";

interface Props {
  shelf: "layouts" | "stems" | "necks" | "heads";
  /** Where it is written in the document. */
  path: readonly Step[];
  /** The document may do without it. */
  optional?: boolean;
}

export function PartForm({ shelf, path, optional }: Props) {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const catalog = useSelect((s) => s.catalog);
  const diagnostics = useSelect((s) => s.diagnostics);
  const id = useId();
  const growth = useSelect((s) => s.growth);
  if (content.kind !== "spec") return null;
  const part = String(path[0]);
  const kinds: readonly CatalogPart[] = catalog?.catalog[shelf] ?? [];
  const held = asPart(getAt(content.spec, path)).type;
  const type = typeof held === "string" ? held : "";
  const known = kinds.find((kind) => kind.type === type);
  const base = pathText(path);
  const problems = [...problemsAt(diagnostics, `${base}.type`), ...diagnostics.filter((d) => d.path === base)];
  // A layout may count its levels or stages itself where the document leaves them open.
  const counted: JsonObject = {};
  for (const axis of [growth?.level, growth?.stage]) if (axis && !axis.listed) counted[axis.field] = axis.value;
  const choose = (next: string) => {
    const fields = fieldNames(kinds.find((kind) => kind.type === next)?.schema);
    editor.apply(`${t(title(part))}: ${next || t("none")}`, (spec) => setPartType(spec, path, next || null, fields));
  };
  return (
    <Section title={t(title(part))}>
      <div className="al-field" data-held={type !== "" || undefined}>
        <label htmlFor={id}>{t("Type")}</label>
        <div className="al-field-input">
          <select
            id={id}
            className="al-input"
            disabled={!editable(editor)}
            value={type}
            onChange={(e) => choose(e.target.value)}
          >
            {(optional || type === "") && <option value="">{t("none")}</option>}
            {type !== "" && !known && <option value={type}>{type}</option>}
            {kinds.map((kind) => (
              <option key={kind.type} value={kind.type}>
                {kind.type.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </div>
        <div className="al-field-note">
          {known && <span>{known.title}</span>}
          {problems.map((p) => (
            <span key={p.code + p.message} data-severity={p.severity}>
              {p.message} {p.hint}
            </span>
          ))}
        </div>
      </div>
      {known && (
        <SchemaForm
          schema={known.schema}
          path={path}
          {...(shelf === "layouts" ? { effective: counted } : {})}
          disabled={!editable(editor)}
          write={(field, value, gesture) =>
            editor.apply(
              `${t(title(part))}: ${t(title(field))}`,
              (spec) => setValue(setAt(spec, path, asPart(getAt(spec, path))) as Spec, [...path, field], value),
              gesture,
            )
          }
        />
      )}
    </Section>
  );
}
