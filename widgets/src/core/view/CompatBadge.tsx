/** Says on the canvas that the document asks for the slips of an original. */
import { NOTHING } from "../model/selection.js";
import { useEditor, useSelect } from "./context.js";

export function CompatBadge() {
  const editor = useEditor();
  const { t } = editor;
  const compat = useSelect((s) => (s.content.kind === "spec" ? s.content.spec.compat : undefined));
  const known = useSelect((s) => s.catalog?.catalog.compat);
  if (typeof compat !== "string") return null;
  return (
    <button
      type="button"
      className="al-compat"
      title={t("Change it in the document's form")}
      onClick={() => {
        editor.select(NOTHING);
        editor.openPanel("inspect");
      }}
    >
      {t(known?.find((one) => one.name === compat)?.title ?? compat)}
    </button>
  );
}
