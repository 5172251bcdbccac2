/** JupyterLab as the place where an editor lives: questions go to the server, jobs to the document's kernel. */
import type { IThemeManager } from "@jupyterlab/apputils";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import type { ServerConnection } from "@jupyterlab/services";

import {
  type Abilities,
  type EditorHandle,
  type EventCallback,
  type Host,
  type HostEvents,
  type HostStatus,
  RequestError,
} from "../core/host.js";
import type { Json, JsonObject, Operation } from "../core/model/spec.js";
import { EXPORT_FORMATS } from "../generated/constants.js";
import { LabDocument } from "./document.js";
import { KernelLink } from "./kernel.js";
import { AbsentError, askServer, isServerOperation } from "./server.js";

const RETRY = 3000; // milliseconds between two attempts to find the server again

export interface LabHostOptions {
  context: DocumentRegistry.CodeContext;
  settings: ServerConnection.ISettings;
  themes: IThemeManager | null;
  translate: (text: string) => string;
  connect: (editor: EditorHandle | null) => void;
}

export class LabHost implements Host {
  readonly document: LabDocument;
  readonly kernel: KernelLink;
  readonly abilities: Abilities = { saveWeights: true, exports: EXPORT_FORMATS };

  constructor(private readonly options: LabHostOptions) {
    this.document = new LabDocument(options.context);
    this.kernel = new KernelLink(options.context.sessionContext, options.translate);
    this.kernel.changed.connect(this.onKernel, this);
    this.kernel.catalogChanged.connect(this.onCatalog, this);
    options.themes?.themeChanged.connect(this.onTheme, this);
  }

  get status(): HostStatus {
    const asked = this.answers === "absent" && this.kernel.state === "ready" ? "ready" : this.answers;
    return {
      check: asked,
      kernel: this.kernel.state,
      kernelName: this.kernel.name,
      message: this.kernel.message || (asked === "absent" ? this.reason : ""),
    };
  }

  get theme(): "light" | "dark" {
    const themes = this.options.themes;
    const name = themes?.theme;
    return themes && name && !themes.isLight(name) ? "dark" : "light";
  }

  async request<R = Json>(op: Operation, payload: JsonObject = {}, onEvent?: EventCallback): Promise<R> {
    if (!isServerOperation(op)) {
      await this.kernel.connect();
      const filed = "document" in payload ? { ...payload, document: this.kernel.sessionId } : payload;
      return (await this.kernel.request(op, filed, onEvent)) as R;
    }
    if (this.kernel.state === "ready" && (this.kernelKnowsMore || this.answers === "absent")) {
      return (await this.kernel.request(op, payload)) as R;
    }
    try {
      const answer = await askServer(this.options.settings, op, payload);
      if (op === "catalog") this.keepCatalog(JSON.stringify(answer));
      this.setAnswers("ready");
      return answer as R;
    } catch (error) {
      if (error instanceof AbsentError) this.serverLost(error.hint ? `${error.message} ${error.hint}` : error.message);
      throw error;
    }
  }

  on<K extends keyof HostEvents>(event: K, callback: (value: HostEvents[K]) => void): () => void {
    const callbacks = this.callbacks[event] as Set<(value: HostEvents[K]) => void>;
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  async reconnect(): Promise<void> {
    await this.kernel.reconnect();
  }

  translate(text: string): string {
    return this.options.translate(text);
  }

  connect(editor: EditorHandle | null): void {
    this.options.connect(editor);
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.retry);
    this.options.themes?.themeChanged.disconnect(this.onTheme, this);
    this.kernel.dispose();
    this.document.dispose();
  }

  private onTheme(): void {
    this.emit("theme", this.theme);
  }

  private onKernel(): void {
    if (this.kernel.state === "ready") void this.compareCatalogs();
    else if (this.kernelKnowsMore) this.setKernelKnowsMore(false);
    this.emit("status", this.status);
  }

  private onCatalog(): void {
    void this.compareCatalogs();
  }

  /** Cells of the kernel's environment, or defined in a notebook, are answered for by the kernel from then on. */
  private async compareCatalogs(): Promise<void> {
    try {
      const catalog = JSON.stringify(await this.kernel.request("catalog", {}));
      if (catalog === this.kernelCatalog && this.kernelKnowsMore) return;
      this.kernelCatalog = catalog;
      const differs = this.serverCatalog !== "" && catalog !== this.serverCatalog;
      if (differs || this.kernelKnowsMore || this.answers === "absent") this.setKernelKnowsMore(differs);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
    }
  }

  private keepCatalog(catalog: string): void {
    const first = this.serverCatalog === "";
    this.serverCatalog = catalog;
    if (first && this.kernel.state === "ready") void this.compareCatalogs();
  }

  private setKernelKnowsMore(value: boolean): void {
    this.kernelKnowsMore = value;
    this.emit("catalog", null);
  }

  private setAnswers(state: HostStatus["check"]): void {
    if (this.answers === state) return;
    this.answers = state;
    this.emit("status", this.status);
  }

  private serverLost(reason: string): void {
    if (this.disposed) return;
    this.reason = reason;
    this.setAnswers("absent");
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      // Any question shows whether the server is back; its answer, or its absence, sets the state again.
      askServer(this.options.settings, "templates", {})
        .then(() => this.setAnswers("ready"))
        .catch((error) => this.serverLost(error instanceof Error ? error.message : String(error)));
    }, RETRY);
  }

  private emit<K extends keyof HostEvents>(event: K, value: HostEvents[K]): void {
    for (const callback of [...this.callbacks[event]]) (callback as (value: HostEvents[K]) => void)(value);
  }

  private readonly callbacks: { [K in keyof HostEvents]: Set<(value: HostEvents[K]) => void> } = {
    status: new Set(),
    theme: new Set(),
    catalog: new Set(),
  };
  private answers: HostStatus["check"] = "ready"; // until the first question shows that it is not
  private reason = "";
  private retry: ReturnType<typeof setTimeout> | undefined;
  private serverCatalog = "";
  private kernelCatalog = "";
  private kernelKnowsMore = false;
  private disposed = false;
}
