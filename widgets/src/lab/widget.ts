/** The main-area widget of a document and the factory that makes it. */
import type { IThemeManager } from "@jupyterlab/apputils";
import { ABCWidgetFactory, type DocumentRegistry, DocumentWidget } from "@jupyterlab/docregistry";
import type { Contents, ServerConnection } from "@jupyterlab/services";
import type { Message } from "@lumino/messaging";
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { EditorHandle } from "../core/host.js";
import { mount } from "../core/mount.js";
import { LabHost } from "./host.js";
import { archlabIcon } from "./icon.js";
import { FileWatch } from "./watch.js";

export interface Surroundings {
  settings: ServerConnection.ISettings;
  contents: Contents.IManager;
  themes: IThemeManager | null;
  translate: (text: string) => string;
}

export class EditorWidget extends DocumentWidget<Widget, DocumentRegistry.ICodeModel> {
  /** The mounted editor has come, gone, or changed what it can do. */
  readonly editorChanged = new Signal<this, void>(this);
  editor: EditorHandle | null = null;

  constructor(context: DocumentRegistry.CodeContext, surroundings: Surroundings) {
    const content = new Widget();
    content.addClass("archlab-document");
    // A tab that is activated hands the focus on to the editor.
    content.node.tabIndex = -1;
    super({ context, content });
    this.title.icon = archlabIcon;
    this.surroundings = surroundings;
    void context.ready.then(() => {
      if (!this.isDisposed) this.open();
    });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    cancelAnimationFrame(this.announcing);
    this.unmount?.();
    this.watch?.dispose();
    this.host?.dispose();
    super.dispose();
    Signal.clearData(this);
  }

  /** Starts the kernel of this document, or renews the connection: its own parts are known from then on. */
  async connectKernel(): Promise<void> {
    await this.host?.reconnect();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.editor?.focus();
  }

  private open(): void {
    const { settings, contents, themes, translate } = this.surroundings;
    this.host = new LabHost({
      context: this.context,
      settings,
      themes,
      translate,
      connect: (editor) => this.connect(editor),
    });
    this.watch = new FileWatch(this.context, contents, translate);
    this.unmount = mount(this.content.node, this.host);
  }

  private connect(editor: EditorHandle | null): void {
    this.editor = editor;
    editor?.onChange(() => {
      // The state changes with every frame of a training; what menus show of it changes rarely.
      cancelAnimationFrame(this.announcing);
      this.announcing = requestAnimationFrame(() => this.editorChanged.emit());
    });
    this.editorChanged.emit();
  }

  private announcing = 0;
  private readonly surroundings: Surroundings;
  private host: LabHost | undefined;
  private watch: FileWatch | undefined;
  private unmount: (() => void) | undefined;
}

export class EditorFactory extends ABCWidgetFactory<EditorWidget, DocumentRegistry.ICodeModel> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<EditorWidget>,
    private readonly surroundings: Surroundings,
  ) {
    super(options);
  }

  protected override createNewWidget(context: DocumentRegistry.CodeContext): EditorWidget {
    return new EditorWidget(context, this.surroundings);
  }
}
