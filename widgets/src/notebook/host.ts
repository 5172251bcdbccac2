/** A notebook's output as the place where an editor lives. */
import type { AnyModel } from "@anywidget/types";

import type {
  Abilities,
  CachedAnswers,
  Content,
  EventCallback,
  Host,
  HostCache,
  HostDocument,
  HostEvents,
  HostStatus,
} from "../core/host.js";
import type { JobInfo, Json, JsonObject, Operation } from "../core/model/spec.js";
import { EXPORT_FORMATS, MAX_KEPT_ANSWER } from "../generated/constants.js";
import { readContent, writeContent } from "../shell/content.js";
import { Wire } from "../shell/wire.js";

const SILENCE = 3000; // milliseconds without an answer until the kernel counts as busy or gone
const REST = 1500; // milliseconds without an edit until the last answer is kept
// In the page's session storage, each with a title behind it:
const RESCUE = "archlab:rescue:"; // what was typed in editors whose kernel went
const CLOSED = "archlab:closed:"; // the same of editors that were closed while their kernel lived
const JOBS: ReadonlySet<Operation> = new Set(["profile", "train", "attach"] as const);

/** Traits of `archlab.bridge.widget.EditorWidget`. */
export interface WidgetState {
  text: string;
  title: string;
  answer: JsonObject;
}

/** A text that was typed here, and the one that Python opened the editor with. */
interface Typed {
  opened: string;
  text: string;
}

function keepTyped(key: string, typed: Typed): void {
  if (typed.text !== typed.opened) storeTyped(key, [...typedAt(key), typed]);
}

/** Takes the first that fits out of what is kept. */
function takeTyped(key: string, fits: (one: Typed) => boolean): Typed | undefined {
  const kept = typedAt(key);
  const found = kept.find(fits);
  if (found) {
    storeTyped(
      key,
      kept.filter((one) => one !== found),
    );
  }
  return found;
}

function typedAt(key: string): Typed[] {
  return JSON.parse(sessionStorage.getItem(key) ?? "[]") as Typed[];
}

function storeTyped(key: string, texts: readonly Typed[]): void {
  if (texts.length === 0) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, JSON.stringify(texts));
}

export class WidgetHost implements Host {
  readonly document: WidgetDocument;
  readonly cache: HostCache;
  readonly abilities: Abilities = { saveWeights: true, exports: EXPORT_FORMATS, suppressShortcuts: true };
  status: HostStatus = { check: "waiting", kernel: "stopped" };

  /** The text that Python opened the editor with. */
  private readonly opened: string;

  constructor(private readonly model: AnyModel<WidgetState>) {
    this.document = new WidgetDocument(model);
    const text = model.get("text");
    // A view that is shown again, in a notebook that was closed meanwhile perhaps, goes on where it was.
    this.opened = takeTyped(CLOSED + this.document.name, (one) => one.text === text)?.opened ?? text;
    this.cache = { get: () => this.kept(), set: (value) => this.keep(value) };
    const send = (message: JsonObject) => model.send(message);
    this.wire = new Wire(send, send, () => this.emit("catalog", null));
    model.on("msg:custom", this.onMessage);
    model.on("comm_live_update", this.onCommLive);
    this.rescue();
    this.themeObserver.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    // Jobs of a page that was reloaded; without any, the kernel is left alone until the first one.
    this.request<JobInfo[]>("jobs", { document: this.document.id })
      .then((jobs) => jobs.length > 0 && this.setStatus({ kernel: "ready" }))
      .catch(() => undefined);
  }

  get theme(): "light" | "dark" {
    const light = document.body.dataset.jpThemeLight;
    if (light !== undefined) return light === "true" ? "light" : "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  async request<R = Json>(op: Operation, payload: JsonObject = {}, onEvent?: EventCallback): Promise<R> {
    const silence = setTimeout(() => this.alive && this.setStatus({ check: "waiting", message: SILENT }), SILENCE);
    if (JOBS.has(op) && this.status.kernel !== "dead") this.setStatus({ kernel: "ready" });
    const clearSilence = () => clearTimeout(silence);
    const answer = this.wire.request(op, payload, (event, buffers) => {
      clearSilence();
      onEvent?.(event, buffers);
    });
    try {
      return (await answer) as R;
    } finally {
      clearSilence();
    }
  }

  on<K extends keyof HostEvents>(event: K, callback: (value: HostEvents[K]) => void): () => void {
    const callbacks = this.callbacks[event] as Set<(value: HostEvents[K]) => void>;
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  /** Ctrl+S means the notebook: its page listens on the body, where no attribute holds the key back. */
  save(): void {
    const key = { key: "s", code: "KeyS", keyCode: 83, bubbles: true, cancelable: true };
    const mac = navigator.platform.startsWith("Mac");
    document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, ctrlKey: !mac, metaKey: mac }));
  }

  translate(text: string): string {
    return text;
  }

  dispose(): void {
    clearTimeout(this.resting);
    this.themeObserver.disconnect();
    this.model.off("msg:custom", this.onMessage);
    this.model.off("comm_live_update", this.onCommLive);
    this.document.dispose();
    this.wire.detach();
    this.wire.close("The output was closed.");
    if (this.alive) keepTyped(CLOSED + this.document.name, { opened: this.opened, text: this.model.get("text") });
  }

  private readonly onMessage = (message: unknown, buffers: DataView[]): void => {
    this.setStatus({ check: "ready", message: "" });
    this.wire.receive(message, buffers);
  };

  /** A model that is shown hears this once: when its kernel has gone (ipywidgets' `WidgetModel.comm_live`). */
  private readonly onCommLive = (): void => {
    this.alive = false;
    this.wire.close(GONE);
    this.setStatus({ check: "absent", kernel: "dead", message: GONE });
    // Last, as a full session storage raises: what has happened is said by then.
    keepTyped(RESCUE + this.document.name, { opened: this.opened, text: this.model.get("text") });
  };

  /**
   * Takes over what was typed here before the kernel went, now that the cell was run again; undo takes it back. Only
   * onto the text that it was typed over: another document under the same title is left alone.
   */
  private rescue(): void {
    const found = takeTyped(RESCUE + this.document.name, (one) => one.opened === this.opened);
    if (found) setTimeout(() => this.document.setText(found.text));
  }

  private kept(): CachedAnswers | null {
    const answer = this.model.get("answer");
    return answer && "reply" in answer ? (answer as unknown as CachedAnswers) : null;
  }

  private keep(value: CachedAnswers): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      // An answer that is too large to keep takes the place of the one before, which is of another document.
      const large = new TextEncoder().encode(JSON.stringify(value)).length > MAX_KEPT_ANSWER;
      this.model.set("answer", large ? {} : (value as unknown as JsonObject));
      this.model.save_changes();
    }, REST);
  }

  private setStatus(change: Partial<HostStatus>): void {
    const status = { ...this.status, ...change };
    if (status.check === this.status.check && status.kernel === this.status.kernel) return;
    this.status = status;
    this.emit("status", status);
  }

  private emit<K extends keyof HostEvents>(event: K, value: HostEvents[K]): void {
    for (const callback of [...this.callbacks[event]]) (callback as (value: HostEvents[K]) => void)(value);
  }

  private readonly callbacks: { [K in keyof HostEvents]: Set<(value: HostEvents[K]) => void> } = {
    status: new Set(),
    theme: new Set(),
    catalog: new Set(),
  };
  private readonly themeObserver = new MutationObserver(() => this.emit("theme", this.theme));
  private readonly wire: Wire;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private alive = true;
}

const SILENT = "The kernel does not answer: it is busy with a cell, or gone.";
const GONE = "The kernel died or was restarted. What you see is kept: run this cell again to go on with it.";

/** The document in the trait `text`, the same string in the page and in Python. */
class WidgetDocument implements HostDocument {
  constructor(private readonly model: AnyModel<WidgetState>) {
    model.on("change:text", this.notify);
    model.on("change:title", this.notify);
  }

  readonly id = "widget";

  get name(): string {
    return this.model.get("title");
  }

  get(): Content {
    const text = this.model.get("text");
    if (this.read?.text !== text) this.read = { text, content: readContent(text) };
    return this.read.content;
  }

  set(content: Content): void {
    const text = writeContent(content);
    this.read = { text, content };
    this.setText(text);
  }

  /** Puts other text in place of the present one. */
  setText(text: string): void {
    if (text === this.model.get("text")) return;
    this.model.set("text", text);
    this.model.save_changes();
  }

  onChange(callback: () => void): () => void {
    this.callbacks.add(callback);
    return () => this.callbacks.delete(callback);
  }

  dispose(): void {
    this.model.off("change:text", this.notify);
    this.model.off("change:title", this.notify);
    this.callbacks.clear();
  }

  readonly notify = (): void => {
    for (const callback of [...this.callbacks]) callback();
  };

  private readonly callbacks = new Set<() => void>();
  private read: { text: string; content: Content } | undefined;
}
