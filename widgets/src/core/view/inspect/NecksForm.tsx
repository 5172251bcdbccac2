/** Necks of the document in their order: added, changed, moved and taken away. */
import { say } from "../../a11y.js";
import { editable } from "../../commands.js";
import { asPart, moveNeck, neckSteps, necksOf, withNecks } from "../../model/necks.js";
import type { Spec } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { PartForm } from "./PartForm.js";
import { Section } from "./parts.js";

export function NecksForm() {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const kinds = useSelect((s) => s.catalog?.catalog.necks) ?? [];
  if (content.kind !== "spec") return null;
  const necks = necksOf(content.spec);
  const may = editable(editor);
  if (necks.length === 0 && (kinds.length === 0 || !may)) return null;
  const button = (label: string, sign: string, edit: (spec: Spec) => Spec) => (
    <button
      type="button"
      className="al-button"
      aria-label={label}
      title={label}
      onClick={() => editor.apply(label, edit)}
    >
      {sign}
    </button>
  );
  return (
    <>
      {necks.map((neck, index) => {
        const name = `${index + 1} ${String(asPart(neck).type ?? "")}`;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a neck is its place.
          <div key={index}>
            <PartForm shelf="necks" path={neckSteps(content.spec, index)} />
            {may && (
              <div className="al-cells">
                {index > 0 && button(say(t, "Move neck {name} up", { name }), "↑", (s) => moveNeck(s, index, -1))}
                {index < necks.length - 1 &&
                  button(say(t, "Move neck {name} down", { name }), "↓", (s) => moveNeck(s, index, 1))}
                {button(say(t, "Remove neck {name}", { name }), "×", (s) =>
                  withNecks(
                    s,
                    necksOf(s).filter((_, i) => i !== index),
                  ),
                )}
              </div>
            )}
          </div>
        );
      })}
      {may && kinds.length > 0 && (
        <Section title={necks.length ? t("Another neck") : t("Neck")}>
          <select
            className="al-input"
            aria-label={t("Add a neck")}
            value=""
            onChange={(e) => {
              const type = e.target.value;
              editor.apply(`${t("Added the neck")} ${type}`, (s) => withNecks(s, [...necksOf(s), { type }]));
            }}
          >
            <option value="">{t("Add a neck")}</option>
            {kinds.map((kind) => (
              <option key={kind.type} value={kind.type} title={kind.title}>
                {kind.type.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </Section>
      )}
    </>
  );
}
