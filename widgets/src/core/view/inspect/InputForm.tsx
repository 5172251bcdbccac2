/** The tensor that enters: channels and size. */
import { INPUT_SCHEMA } from "../../../generated/constants.js";
import { editable } from "../../commands.js";
import { setValue } from "../../model/edits.js";
import { getAt } from "../../model/json.js";
import { fieldsOf } from "../../model/schema.js";
import type { Json } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { FormField, problemsAt } from "../Form.js";
import { Section } from "./parts.js";

const FIELDS = fieldsOf(INPUT_SCHEMA);

export function InputForm() {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const diagnostics = useSelect((s) => s.diagnostics);
  if (content.kind !== "spec") return null;
  return (
    <Section title={t("Input")} note={t("size: H, W or D, H, W")}>
      <div className="al-form">
        {FIELDS.map((field) => (
          <FormField
            key={field.name}
            field={field}
            path={`$.input.${field.name}`}
            value={getAt(content.spec, ["input", field.name])}
            problems={problemsAt(diagnostics, `$.input.${field.name}`)}
            disabled={!editable(editor)}
            onChange={(value: Json | undefined, gesture) =>
              editor.apply(
                `${t("Input")}: ${t(field.label)}`,
                (spec) => setValue(spec, ["input", field.name], value),
                gesture,
              )
            }
          />
        ))}
      </div>
    </Section>
  );
}
