/** Everything that is wrong: what was typed and is no value yet, then diagnostics, which lead to their blocks. */
import { SEVERITY, say } from "../a11y.js";
import { editable } from "../commands.js";
import { setValue } from "../model/edits.js";
import { isChecked } from "../model/freshness.js";
import type { Diagnostic } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";

const ORDER = ["error", "warning", "info"];

export function Problems() {
  const editor = useEditor();
  const { t } = editor;
  const diagnostics = useSelect((s) => s.diagnostics);
  const drafts = useSelect((s) => s.drafts);
  const checked = useSelect(isChecked);
  const sorted = [...diagnostics].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  if (sorted.length + drafts.size === 0) {
    return (
      <div className="al-empty">
        <p>{checked ? t("No problems.") : t("Not checked yet.")}</p>
        <p className="al-quiet">
          {checked ? t("This document builds as it stands.") : t("Nobody has looked at it as it stands now.")}
        </p>
      </div>
    );
  }
  return (
    <ul className="al-problems">
      {[...drafts].map(([key, draft]) => (
        <li key={key}>
          <div className="al-problem" data-severity="warning">
            <span className="al-problem-where">{draft.label}</span>
            <span className="al-problem-text">
              {t("Not taken over yet:")} <code>{draft.text}</code>. {draft.message}
            </span>
          </div>
        </li>
      ))}
      {sorted.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two diagnostics may be the same word for word.
        <li key={index}>
          <button type="button" className="al-problem" data-severity={one.severity} onClick={() => editor.jump(one)}>
            <span className="al-problem-where">
              {one.node || one.path}
              <small>
                {t(SEVERITY[one.severity] ?? one.severity)} {one.code}
              </small>
            </span>
            <span className="al-problem-text">{one.message}</span>
            {one.hint && <span className="al-problem-hint">{one.hint}</span>}
          </button>
          <Remove diagnostic={one} />
        </li>
      ))}
    </ul>
  );
}

/** What a document says of a block or link that the layout has not, or not any more: no form holds it. */
const LEFT_OVER = /^\$\.(blocks|links)\.([^.[]+)$/;

function Remove({ diagnostic }: { diagnostic: Diagnostic }) {
  const editor = useEditor();
  const { t } = editor;
  const graph = useSelect((s) => s.picture?.graph);
  const [, where, id] = LEFT_OVER.exec(diagnostic.path) ?? [];
  const known = graph?.nodes.some((node) => node.id === id) || graph?.links.some((link) => link.id === id);
  if (!where || !id || !graph || known || !editable(editor)) return null;
  const label = say(t, "Remove what is said of {id}", { id });
  return (
    <button
      type="button"
      className="al-link"
      onClick={() => editor.apply(label, (spec) => setValue(spec, [where, id], undefined))}
    >
      {label}
    </button>
  );
}
