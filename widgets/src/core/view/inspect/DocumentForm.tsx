/** The document itself: name, input, layout, cells, options, stem, head. */
import { DOCUMENT_SCHEMA } from "../../../generated/constants.js";
import { editable } from "../../commands.js";
import { setValue } from "../../model/edits.js";
import { isObject } from "../../model/json.js";
import { type Field, fieldOf } from "../../model/schema.js";
import type { Catalog } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { FormField, problemsAt } from "../Form.js";
import { Palette } from "../Palette.js";
import { CellStrings } from "./CellStrings.js";
import { InputForm } from "./InputForm.js";
import { Keyboard } from "./Keyboard.js";
import { NecksForm } from "./NecksForm.js";
import { OutputsForm } from "./OutputsForm.js";
import { PartForm } from "./PartForm.js";
import { SchemaForm, Section } from "./parts.js";

const NAME = documentField("name");
const COMPAT = documentField("compat");

function documentField(name: string): Field {
  return fieldOf(name, DOCUMENT_SCHEMA.properties?.[name] ?? {});
}

/** Whose slips the document asks for, by their titles. */
function compatField(known: Catalog["compat"] | undefined): Field {
  const titles = Object.fromEntries((known ?? []).map((one) => [one.name, one.title]));
  return { ...COMPAT, label: "Original", titles: { "": "Compute as described, without slips", ...titles } };
}

export function DocumentForm() {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const options = useSelect((s) => s.catalog?.catalog.options);
  const compat = useSelect((s) => s.catalog?.catalog.compat);
  const diagnostics = useSelect((s) => s.diagnostics);
  if (content.kind !== "spec") return null;
  const { spec } = content;
  const may = editable(editor);
  const extra = [spec.code_options, spec.link_options].flatMap((own) => (isObject(own) ? Object.keys(own) : []));
  const levels = Array.isArray(spec.level_options) ? spec.level_options : [];
  extra.push(
    ...levels.flatMap((own, level) => (isObject(own) && Object.keys(own).length ? [`${t("level")} ${level}`] : [])),
  );
  return (
    <div className="al-inspector">
      <header className="al-heading">
        <h2>{t("Document")}</h2>
      </header>
      <section className="al-section">
        <div className="al-form">
          <FormField
            field={NAME}
            path="$.name"
            value={spec.name}
            problems={problemsAt(diagnostics, "$.name")}
            disabled={!may}
            onChange={(value, gesture) =>
              editor.apply(`${t("Name")}: ${String(value ?? "")}`, (s) => setValue(s, ["name"], value), gesture)
            }
          />
        </div>
        {(compat?.length || spec.compat !== undefined) && (
          <div className="al-wide-field">
            <FormField
              field={compatField(compat)}
              path="$.compat"
              value={spec.compat}
              problems={problemsAt(diagnostics, "$.compat")}
              disabled={!may}
              onChange={(value) =>
                editor.apply(`${t("Original")}: ${String(value ?? t("none"))}`, (s) => setValue(s, ["compat"], value))
              }
            />
          </div>
        )}
      </section>
      <InputForm />
      <PartForm shelf="layouts" path={["layout"]} />
      <Section title={t("Cells of every block")} note={t("unless a block has its own")}>
        <CellStrings />
        <Palette />
      </Section>
      <PartForm shelf="stems" path={["stem"]} />
      <NecksForm />
      <OutputsForm />
      <PartForm shelf="heads" path={["head"]} optional />
      <Section
        title={t("Options of all cells")}
        note={extra.length ? `${t("own options for")} ${extra.join(", ").replaceAll("_", " ")}` : undefined}
      >
        <SchemaForm
          schema={options}
          path={["options"]}
          disabled={!may}
          write={(field, value, gesture) =>
            editor.apply(`${t("Options")}: ${field}`, (s) => setValue(s, ["options", field], value), gesture)
          }
        />
      </Section>
      <Keyboard />
    </div>
  );
}
