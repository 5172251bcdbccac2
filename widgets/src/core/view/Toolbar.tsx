/** Commands as buttons; which ones, what they are called and when they work comes from the command table. */
import { command } from "../commands.js";
import { shownKey } from "../model/keys.js";
import type { ExportReply } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";
import { Icon, type IconName } from "./Icon.js";
import { OverlaySwitch } from "./Overlay.js";

export function CommandButton({ id, icon, text }: { id: string; icon?: IconName; text?: string }) {
  const editor = useEditor();
  // What a command depends on is spread over the state; the answer is a plain boolean, so drawing stays rare.
  const enabled = useSelect(() => command(id).when(editor));
  const { label, keys } = command(id);
  const name = editor.t(label);
  return (
    <button
      type="button"
      className="al-tool"
      aria-label={name}
      aria-disabled={!enabled}
      title={keys[0] ? `${name} (${shownKey(keys[0])})` : name}
      onClick={() => enabled && command(id).run(editor)}
    >
      {icon && <Icon name={icon} />}
      {text && <span>{text}</span>}
    </button>
  );
}

export function Toolbar() {
  const editor = useEditor();
  const { t, host } = editor;
  const content = useSelect((s) => s.content);
  const choosing = useSelect((s) => s.choosing);
  const open = useSelect((s) => s.panelOpen);
  const working = content.kind === "spec" && !choosing;
  const name =
    (content.kind === "spec" && typeof content.spec.name === "string" && content.spec.name) || host.document.name;
  return (
    <div className="al-toolbar" role="toolbar" aria-label={t("Editor")}>
      <span className="al-name" title={name || undefined}>
        {name || t("Untitled")}
        {host.document.readOnly && <em> {t("read only")}</em>}
      </span>
      <span className="al-tools">
        <CommandButton id="undo" icon="undo" />
        <CommandButton id="redo" icon="redo" />
      </span>
      {working && (
        <>
          <Stepper label={t("Levels")} minus="remove-level" plus="add-level" />
          <Stepper label={t("Stages")} minus="remove-stage" plus="add-stage" />
          <span className="al-tools">
            <CommandButton id="fit" icon="fit" />
          </span>
          <span className="al-space" />
          <OverlaySwitch />
          <Export />
          <span className="al-tools">
            <CommandButton id="templates" icon="template" />
            <button
              type="button"
              className="al-tool"
              aria-pressed={open}
              aria-label={t("Side panel")}
              title={t("Side panel")}
              onClick={() => command("toggle-panel").run(editor)}
            >
              <Icon name="side" />
            </button>
          </span>
        </>
      )}
    </div>
  );
}

function Stepper({ label, minus, plus }: { label: string; minus: string; plus: string }) {
  const editor = useEditor();
  const possible = useSelect(() => command(minus).when(editor) || command(plus).when(editor));
  if (!possible) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: two buttons in a tool bar are no fieldset.
    <span className="al-tools al-stepper" role="group" aria-label={label}>
      <CommandButton id={minus} icon="minus" />
      <span aria-hidden="true">{label}</span>
      <CommandButton id={plus} icon="plus" />
    </span>
  );
}

function Export() {
  const editor = useEditor();
  const formats = editor.host.abilities.exports ?? [];
  if (formats.length === 0) return null;
  const run = async (format: string) => {
    try {
      await exportAs(editor, format);
    } catch (error) {
      editor.fail(error);
    }
  };
  return (
    <label className="al-select">
      <span className="al-hidden">{editor.t("Export")}</span>
      <select value="" onChange={(e) => run(e.target.value)}>
        <option value="" disabled hidden>
          {editor.t("Export")}
        </option>
        {formats.map(({ format, label }) => (
          <option key={format} value={format}>
            {editor.t(label)}
          </option>
        ))}
      </select>
    </label>
  );
}

async function exportAs(editor: ReturnType<typeof useEditor>, format: string): Promise<void> {
  const { host, spec } = editor;
  if (!spec) return;
  const reply = await host.request<ExportReply>("export", { spec, format });
  const bytes = reply.base64
    ? Uint8Array.from(atob(reply.base64), (c) => c.charCodeAt(0))
    : new TextEncoder().encode(reply.text);
  if (host.download) return host.download(reply.filename, reply.mime, bytes);
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: reply.mime }));
  const link = Object.assign(document.createElement("a"), { href: url, download: reply.filename });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
