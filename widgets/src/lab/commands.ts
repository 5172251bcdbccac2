/** The editor's own commands in JupyterLab's palette: made from the editor's table, run on the current document. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ICommandPalette, WidgetTracker } from "@jupyterlab/apputils";

import type { EditorWidget } from "./widget.js";

export function addEditorCommands(
  app: JupyterFrontEnd,
  tracker: WidgetTracker<EditorWidget>,
  palette: ICommandPalette | null,
): void {
  const added = new Map<string, boolean>(); // command -> whether it was enabled when it was last looked at
  const current = () => (tracker.currentWidget === app.shell.currentWidget ? tracker.currentWidget?.editor : null);

  function add(widget: EditorWidget): void {
    for (const { id, label } of widget.editor?.commands ?? []) {
      const command = `archlab:edit-${id}`;
      if (added.has(command)) continue;
      app.commands.addCommand(command, {
        label,
        isEnabled: () => current()?.isEnabled(id) ?? false,
        execute: () => current()?.run(id),
      });
      added.set(command, false);
      palette?.addItem({ command, category: "archlab" });
    }
    look();
  }

  function look(): void {
    for (const [command, before] of added) {
      const now = app.commands.isEnabled(command);
      if (now === before) continue;
      added.set(command, now);
      app.commands.notifyCommandChanged(command);
    }
  }

  tracker.widgetAdded.connect((_, widget) => {
    widget.editorChanged.connect(add);
    add(widget);
  });
  tracker.currentChanged.connect(look);
}
