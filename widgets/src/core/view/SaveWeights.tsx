/** Writes the weights of the present run into a file beside the document. */
import { useState } from "react";
import { useEditor } from "./context.js";
import { Icon } from "./Icon.js";

export function SaveWeights() {
  const editor = useEditor();
  const { t, jobs, host } = editor;
  const stem = (host.document.name ?? "").replace(/^.*\//, "").replace(/(\.arch)?\.json$/, "") || "weights";
  const [path, setPath] = useState(`${stem}.safetensors`);
  const [saved, setSaved] = useState("");
  const save = async () => {
    const reply = await jobs.control("train", "save_weights", { path });
    if (reply === undefined) return;
    setSaved(path);
    editor.announce(`${t("Saved")} ${path}`);
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
          }}
        />
      </label>
      <button type="button" className="al-button" disabled={!path.trim()} onClick={save}>
        <Icon name="save" /> {saved === path ? t("Saved") : t("Save weights")}
      </button>
    </div>
  );
}
