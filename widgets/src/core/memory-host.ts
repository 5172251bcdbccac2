/** A host in memory: for tests, static pages and as an example of a shell. */
import type {
  Change,
  Content,
  EditorHandle,
  EventCallback,
  Host,
  HostDocument,
  HostEvents,
  HostStatus,
} from "./host.js";
import { type Abilities, RequestError } from "./host.js";
import type { Json, JsonObject, Operation } from "./model/spec.js";

/** Answers a request; may be slow, may throw. */
export type Answer = (op: string, payload: JsonObject, onEvent: EventCallback) => unknown;

export interface MemoryHostOptions {
  content?: Content;
  answer?: Answer;
  status?: Partial<HostStatus>;
  theme?: "light" | "dark";
  abilities?: Abilities;
  name?: string;
}

export class MemoryHost implements Host {
  readonly abilities: Abilities;
  readonly document: HostDocument;
  /** Every change that the editor made, for tests. */
  readonly changes: Change[] = [];
  editor: EditorHandle | null = null;
  private content: Content;
  private currentStatus: HostStatus;
  private currentTheme: "light" | "dark";
  private readonly answer: Answer | undefined;
  private readonly contentListeners = new Set<() => void>();
  private readonly listeners = new Map<keyof HostEvents, Set<(value: never) => void>>();

  constructor(options: MemoryHostOptions = {}) {
    this.content = options.content ?? { kind: "empty" };
    this.answer = options.answer;
    this.currentStatus = { check: options.answer ? "ready" : "absent", kernel: "none", ...options.status };
    this.currentTheme = options.theme ?? "light";
    this.abilities = options.abilities ?? {};
    this.document = {
      name: options.name ?? "",
      get: () => this.content,
      set: (content, change) => {
        this.changes.push(change);
        this.write(content);
      },
      onChange: (callback) => {
        this.contentListeners.add(callback);
        return () => this.contentListeners.delete(callback);
      },
    };
  }

  get status(): HostStatus {
    return this.currentStatus;
  }

  get theme(): "light" | "dark" {
    return this.currentTheme;
  }

  /** Changes the content as somebody else would. */
  write(content: Content): void {
    this.content = content;
    for (const callback of this.contentListeners) callback();
  }

  setStatus(status: Partial<HostStatus>): void {
    this.currentStatus = { ...this.currentStatus, ...status };
    this.emit("status", this.currentStatus);
  }

  setTheme(theme: "light" | "dark"): void {
    this.currentTheme = theme;
    this.emit("theme", theme);
  }

  async request<R = Json>(op: Operation, payload: JsonObject = {}, onEvent: EventCallback = () => {}): Promise<R> {
    if (!this.answer) throw new RequestError("Nobody is there to answer.");
    return (await this.answer(op, payload, onEvent)) as R;
  }

  on<K extends keyof HostEvents>(event: K, callback: (value: HostEvents[K]) => void): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set);
    set.add(callback as (value: never) => void);
    return () => set.delete(callback as (value: never) => void);
  }

  async reconnect(): Promise<void> {
    this.setStatus({ kernel: "ready" });
  }

  translate(text: string): string {
    return text;
  }

  connect(editor: EditorHandle | null): void {
    this.editor = editor;
  }

  /** As after a cell that registered a part. */
  renewCatalog(): void {
    this.emit("catalog", null);
  }

  private emit<K extends keyof HostEvents>(event: K, value: HostEvents[K]): void {
    for (const callback of this.listeners.get(event) ?? []) (callback as (value: HostEvents[K]) => void)(value);
  }
}
