/** What went wrong outside the document, and the state of the kernel when it needs an answer. */
import { useState } from "react";
import { useEditor, useSelect } from "./context.js";
import { Icon } from "./Icon.js";

export function Notice() {
  const editor = useEditor();
  const notice = useSelect((s) => s.notice);
  const status = useSelect((s) => s.status);
  const content = useSelect((s) => s.content);
  const [busy, setBusy] = useState(false);
  const { t, host } = editor;
  const reconnect = async () => {
    setBusy(true);
    try {
      await host.reconnect?.();
    } catch (error) {
      editor.fail(error);
    } finally {
      setBusy(false);
    }
  };
  const kernel = status.kernel === "dead" || status.kernel === "lacking";
  const alone = status.check === "absent" && content.kind === "spec";
  return (
    <>
      {kernel && (
        <div className="al-notice" data-tone="warning" role="alert">
          <span>
            {status.message ||
              t(
                status.kernel === "dead"
                  ? "The kernel went away. Your document is as it was."
                  : "archlab is not installed in this kernel.",
              )}
          </span>
          {host.reconnect && (
            <button type="button" className="al-button" disabled={busy} onClick={reconnect}>
              {busy ? t("Connecting …") : t("Reconnect")}
            </button>
          )}
        </div>
      )}
      {alone && !kernel && (
        <div className="al-notice" role="status">
          <span>
            {status.message || t("Nobody checks this document now. You can go on editing; numbers stay as they were.")}
          </span>
        </div>
      )}
      {notice && (
        <div className="al-notice" data-tone="error" role="alert">
          <span>
            {notice.message} {notice.hint}
          </span>
          <button
            type="button"
            className="al-tool"
            aria-label={t("Dismiss")}
            onClick={() => editor.store.set({ notice: null })}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </>
  );
}
