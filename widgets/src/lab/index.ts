/** The JupyterLab shell: file type, document, launcher card, commands, restored on reload. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, IThemeManager, WidgetTracker } from "@jupyterlab/apputils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";

import { addEditorCommands } from "./commands.js";
import { archlabIcon } from "./icon.js";
import { EditorFactory, type EditorWidget } from "./widget.js";

const FACTORY = "archlab";
const FILE_TYPE = "archlab";
const NEW = "archlab:new";
const CONNECT = "archlab:connect-kernel";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "archlab:plugin",
  description: "The archlab editor for *.arch.json documents",
  autoStart: true,
  optional: [ILauncher, ICommandPalette, ILayoutRestorer, IThemeManager, ITranslator, IDefaultFileBrowser],
  activate,
};

function activate(
  app: JupyterFrontEnd,
  launcher: ILauncher | null,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
  themes: IThemeManager | null,
  translator: ITranslator | null,
  browser: IDefaultFileBrowser | null,
): void {
  const bundle = (translator ?? nullTranslator).load("archlab");
  const translate = (text: string) => bundle.gettext(text);
  const tracker = new WidgetTracker<EditorWidget>({ namespace: "archlab" });

  app.docRegistry.addFileType({
    name: FILE_TYPE,
    displayName: translate("archlab architecture"),
    extensions: [".arch.json"],
    mimeTypes: ["application/json"],
    fileFormat: "text",
    contentType: "file",
    icon: archlabIcon,
  });
  const factory = new EditorFactory(
    {
      name: FACTORY,
      label: translate("archlab Editor"),
      modelName: "text",
      fileTypes: [FILE_TYPE],
      defaultFor: [FILE_TYPE],
      preferKernel: false,
      canStartKernel: true,
      shutdownOnClose: false,
      translator: translator ?? nullTranslator,
    },
    { settings: app.serviceManager.serverSettings, contents: app.serviceManager.contents, themes, translate },
  );
  app.docRegistry.addWidgetFactory(factory);
  factory.widgetCreated.connect((_, widget) => {
    widget.context.pathChanged.connect(() => void tracker.save(widget));
    void tracker.add(widget);
  });
  void restorer?.restore(tracker, {
    command: "docmanager:open",
    args: (widget) => ({ path: widget.context.path, factory: FACTORY }),
    name: (widget) => widget.context.path,
  });

  app.commands.addCommand(NEW, {
    label: (args) => (args.isPalette ? translate("New architecture") : translate("archlab")),
    caption: translate("Draw a backbone, see what it costs, train it"),
    icon: (args) => (args.isPalette ? undefined : archlabIcon),
    execute: async (args) => {
      const path = (args.cwd as string) || browser?.model.path || "";
      const model = await app.commands.execute("docmanager:new-untitled", { path, type: "file", ext: "arch.json" });
      return app.commands.execute("docmanager:open", { path: model.path, factory: FACTORY });
    },
  });
  launcher?.add({ command: NEW, category: "archlab" });
  palette?.addItem({ command: NEW, category: "archlab", args: { isPalette: true } });
  app.commands.addCommand(CONNECT, {
    label: translate("Connect a kernel to this architecture"),
    caption: translate("Needed before a run only for cells that are known to the kernel alone"),
    isEnabled: () => tracker.currentWidget !== null && tracker.currentWidget === app.shell.currentWidget,
    execute: () => tracker.currentWidget?.connectKernel(),
  });
  palette?.addItem({ command: CONNECT, category: "archlab" });
  addEditorCommands(app, tracker, palette);
}

export default plugin;
