/** Which nodes a head reads and the network returns: all outputs of the layout or neck, or those that are named. */
import { say } from "../../a11y.js";
import { editable } from "../../commands.js";
import { setValue } from "../../model/edits.js";
import { useEditor, useSelect } from "../context.js";
import { problemsAt } from "../Form.js";
import { Section } from "./parts.js";

export function OutputsForm() {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const graph = useSelect((s) => s.picture?.graph);
  const diagnostics = useSelect((s) => s.diagnostics);
  if (content.kind !== "spec" || !graph) return null;
  const { outputs } = content.spec;
  const asked = Array.isArray(outputs) ? outputs.map(String) : null;
  const may = editable(editor);
  const set = (next: string[] | null) =>
    editor.apply(say(t, "Outputs: {ids}", { ids: next?.join(", ") ?? t("all") }), (s) =>
      setValue(s, ["outputs"], next ?? undefined),
    );
  const ids = graph.nodes.filter((n) => n.section !== "head" && n.inputs.length > 0).map((n) => n.id);
  const free = ids.filter((id) => !(asked ?? []).includes(id));
  const paths = ["$.outputs", ...(asked ?? []).map((_, i) => `$.outputs[${i}]`)];
  const problems = paths.flatMap((path) => problemsAt(diagnostics, path));
  return (
    <Section title={t("Outputs")} note={t("in this order")}>
      <label className="al-toggle">
        <input
          type="checkbox"
          disabled={!may}
          checked={asked === null}
          onChange={() => set(asked === null ? [...graph.outputs] : null)}
        />
        <span>{t("All outputs")}</span>
      </label>
      <div className="al-cells">
        {(asked ?? graph.outputs).map((id) => (
          <span key={id} className="al-cell">
            <code>{id}</code>
            {asked && may && asked.length > 1 && (
              <button
                type="button"
                className="al-link"
                aria-label={say(t, "Leave out {id}", { id })}
                onClick={() => set(asked.filter((other) => other !== id))}
              >
                ×
              </button>
            )}
          </span>
        ))}
      </div>
      {asked && may && free.length > 0 && (
        <select
          className="al-input"
          aria-label={t("Add an output")}
          value=""
          onChange={(e) => set([...asked, e.target.value])}
        >
          <option value="">{t("Add an output")}</option>
          {free.map((id) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      )}
      {problems.map((p) => (
        <p key={p.path} className="al-field-note" data-severity={p.severity}>
          {p.message} {p.hint}
        </p>
      ))}
    </Section>
  );
}
