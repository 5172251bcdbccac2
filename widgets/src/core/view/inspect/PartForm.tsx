/** Layout, stem or head: which one, and its fields. */
import { useId } from "react";
import { editable } from "../../commands.js";
import { fieldNames } from "../../model/catalog.js";
import { setPartType, setValue } from "../../model/edits.js";
import { getAt } from "../../model/json.js";
import { title } from "../../model/schema.js";
import type { CatalogPart, JsonObject } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { problemsAt } from "../Form.js";
import { SchemaForm, Section } from "./parts.js";

type PartName = "layout" | "stem" | "head";

export function PartForm({ part }: { part: PartName }) {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const catalog = useSelect((s) => s.catalog);
  const diagnostics = useSelect((s) => s.diagnostics);
  const id = useId();
  const growth = useSelect((s) => s.growth);
  if (content.kind !== "spec") return null;
  const kinds: readonly CatalogPart[] =
    { layout: catalog?.catalog.layouts, stem: catalog?.catalog.stems, head: catalog?.catalog.heads }[part] ?? [];
  const held = getAt(content.spec, [part, "type"]);
  const type = typeof held === "string" ? held : "";
  const known = kinds.find((kind) => kind.type === type);
  const problems = [...problemsAt(diagnostics, `$.${part}.type`), ...diagnostics.filter((d) => d.path === `$.${part}`)];
  // A layout may count its levels or stages itself where the document leaves them open.
  const counted: JsonObject = {};
  for (const axis of [growth?.level, growth?.stage]) if (axis && !axis.listed) counted[axis.field] = axis.value;
  const choose = (next: string) => {
    const fields = fieldNames(kinds.find((kind) => kind.type === next)?.schema);
    editor.apply(`${t(title(part))}: ${next || t("none")}`, (spec) => setPartType(spec, part, next || null, fields));
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
            {(part === "head" || type === "") && <option value="">{t("none")}</option>}
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
          path={[part]}
          {...(part === "layout" ? { effective: counted } : {})}
          disabled={!editable(editor)}
          write={(field, value, gesture) =>
            editor.apply(
              `${t(title(part))}: ${t(title(field))}`,
              (spec) => setValue(spec, [part, field], value),
              gesture,
            )
          }
        />
      )}
    </Section>
  );
}
