/** What stands in place of the lattice while nobody has answered yet. */
import { useEditor, useSelect } from "./context.js";

export function Waiting() {
  const { t } = useEditor();
  const status = useSelect((s) => s.status);
  return (
    <div className="al-empty">
      <p>{status.check === "absent" ? t("Nobody is here to draw this document.") : t("Drawing the lattice …")}</p>
      {status.message && <p className="al-quiet">{status.message}</p>}
      {status.check === "absent" && <p className="al-quiet">{t("You can edit its properties; nothing is lost.")}</p>}
    </div>
  );
}
