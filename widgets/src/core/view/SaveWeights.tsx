/** Writes the weights of the present run into a file beside the document. */
import { useState } from "react";
import { isObject } from "../model/json.js";
import { useEditor } from "./context.js";
import { Icon } from "./Icon.js";

export function SaveWeights() {
  const editor = useEditor();
  const { t, jobs, host } = editor;
  const stem = (host.document.name ?? "").replace(/^.*\//, "").replace(/(\.arch)?\.json$/, "") || "weights";
  const [path, setPath] = useState(`${stem}.safetensors`);
  const [saved, setSaved] = useState("");
  const [replace, setReplace] = useState(false);
  const save = async () => {
    setSaved("");
    const reply = await jobs.control("train", "save_weights", replace ? { path, overwrite: true } : { path });
    if (reply === undefined) return;
    const where = isObject(reply) && typeof reply.path === "string" ? reply.path : path;
    setSaved(where);
    setReplace(false);
    editor.announce(`${t("Saved")} ${where}`);
  };
  return (
    <div className="al-save">
      <label className="al-pair al-wide">
        <span>{t("Weights file")}</span>
        <input
          type="text"
          className="al-input"
          spellCheck={false}
          value={path}
          onChange={(e) => {
            setPath(e.target.value);
            setSaved("");
            setReplace(false);
          }}
        />
      </label>
      <button type="button" className="al-button" disabled={!path.trim()} onClick={save}>
        <Icon name="save" /> {t("Save weights")}
      </button>
      <label className="al-toggle">
        <input type="checkbox" checked={replace} onChange={(e) => setReplace(e.target.checked)} />
        <span>{t("Replace a file of that name")}</span>
      </label>
      {saved && (
        <p className="al-quiet" role="status">
          {t("Saved")} <code>{saved}</code>
        </p>
      )}
    </div>
  );
}
