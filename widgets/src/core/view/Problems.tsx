/** Everything that is wrong, each entry leading to its block. */
import { SEVERITY } from "../a11y.js";
import { isChecked } from "../model/freshness.js";
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
        </li>
      ))}
    </ul>
  );
}
