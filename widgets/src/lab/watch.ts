/** Notices that a document's file was changed, moved or deleted by somebody else. */
import { Notification } from "@jupyterlab/apputils";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import type { Contents } from "@jupyterlab/services";
import type { IDisposable } from "@lumino/disposable";

const INTERVAL = 4000; // milliseconds between two looks at the file while the page is visible

export class FileWatch implements IDisposable {
  constructor(
    private readonly context: DocumentRegistry.CodeContext,
    private readonly contents: Contents.IManager,
    private readonly translate: (text: string) => string,
  ) {
    this.timer = setInterval(() => void this.checkFile(), INTERVAL);
    window.addEventListener("focus", this.onFocus);
    context.fileChanged.connect(this.onOwnChange, this);
  }

  get isDisposed(): boolean {
    return this.timer === undefined;
  }

  dispose(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    window.removeEventListener("focus", this.onFocus);
    this.context.fileChanged.disconnect(this.onOwnChange, this);
    this.dismiss();
  }

  private readonly onFocus = () => void this.checkFile();

  private onOwnChange(): void {
    this.seen = "";
    this.dismiss();
  }

  private async checkFile(): Promise<void> {
    const known = this.context.contentsModel;
    if (this.checking || document.hidden || !this.context.isReady || !known || this.context.model.collaborative) return;
    this.checking = true;
    const path = this.context.path;
    try {
      const found = await this.contents.get(path, { content: false, hash: true });
      const now = this.context.contentsModel; // saved or loaded while the question was on its way
      if (this.isDisposed || path !== this.context.path || now?.hash !== known.hash) return;
      if (now?.last_modified !== known.last_modified) return;
      const changed =
        found.hash && known.hash ? found.hash !== known.hash : later(found.last_modified, known.last_modified);
      if (changed) await this.fileChanged(`${found.hash ?? ""}${found.last_modified}`);
      else if (this.seen === GONE) this.onOwnChange();
    } catch (error) {
      const status = (error as { response?: Response }).response?.status;
      if (status === 404 && path === this.context.path) this.fileGone();
    } finally {
      this.checking = false;
    }
  }

  private async fileChanged(version: string): Promise<void> {
    if (version === this.seen) return;
    this.seen = version;
    if (!this.context.model.dirty) {
      await this.context.revert();
      this.notify("info", "“{path}” was changed outside and has been loaded again.", [], 5000);
      return;
    }
    this.notify("warning", "“{path}” was changed outside, and here too.", [
      {
        label: this.translate("Load the file"),
        callback: () => void this.context.revert(),
      },
      {
        label: this.translate("Keep mine"),
        callback: () => undefined,
      },
    ]);
  }

  private fileGone(): void {
    if (this.seen === GONE) return;
    this.seen = GONE;
    this.context.model.dirty = true;
    this.notify("warning", "The file “{path}” is gone. What you see is kept here; save to write it again.", []);
  }

  private notify(
    type: "info" | "warning",
    text: string,
    actions: Notification.IAction[],
    autoClose: number | false = false,
  ): void {
    this.dismiss();
    const message = this.translate(text).replace("{path}", this.context.localPath);
    this.notice = Notification.emit(message, type, { actions, autoClose });
  }

  private dismiss(): void {
    if (this.notice) Notification.dismiss(this.notice);
    this.notice = "";
  }

  private timer: ReturnType<typeof setInterval> | undefined;
  private checking = false;
  private seen = "";
  private notice = "";
}

const GONE = "gone";

function later(found: string, known: string): boolean {
  return new Date(found).getTime() - new Date(known).getTime() > 500;
}
