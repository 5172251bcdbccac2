/** The editor's own commands in JupyterLab's palette: made from the editor's table, run on the current document. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ICommandPalette, WidgetTracker } from "@jupyterlab/apputils";
import type { IDisposable } from "@lumino/disposable";

import type { EditorWidget } from "./widget.js";

export function addEditorCommands(
  app: JupyterFrontEnd,
  tracker: WidgetTracker<EditorWidget>,
  palette: ICommandPalette | null,
): void {
  const added = new Map<string, IDisposable>();
  const current = () => (tracker.currentWidget === app.shell.currentWidget ? tracker.currentWidget?.editor : null);

  function add(widget: EditorWidget): void {
    for (const { id, label } of widget.editor?.commands ?? []) {
      const command = `archlab:edit-${id}`;
      if (added.has(command)) continue;
      const item = app.commands.addCommand(command, {
        label,
        isEnabled: () => current()?.isEnabled(id) ?? false,
        execute: () => current()?.run(id),
      });
      added.set(command, item);
      palette?.addItem({ command, category: "archlab" });
    }
    for (const command of added.keys()) app.commands.notifyCommandChanged(command);
  }

  tracker.widgetAdded.connect((_, widget) => {
    widget.editorChanged.connect(add);
    add(widget);
  });
  tracker.currentChanged.connect(() => {
    for (const command of added.keys()) app.commands.notifyCommandChanged(command);
  });
}
