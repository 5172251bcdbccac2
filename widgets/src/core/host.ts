/**
 * What the editor needs of the place that it lives in. A shell (JupyterLab document, notebook output, static page)
 * implements `Host` and calls `mount(element, host)`; the editor asks for abilities, never for the shell's name.
 */
import type { JobStarted, ProfileEvent, TrainEvent } from "../generated/types.js";
import type { Catalog, CheckReply, Json, JsonObject, Operation, Spec } from "./model/spec.js";

/**
 * The content of the document.
 * - `empty`: nothing yet (a new file, `{}`): the template picker is shown.
 * - `spec`: a JSON object that looks like a document. It may well be unsound: `check` judges.
 * - `text`: anything that is not such an object. The repair view shows it; it is rewritten only when the user asks.
 */
export type Content = { kind: "empty" } | { kind: "spec"; spec: Spec } | { kind: "text"; text: string };

export interface Change {
  /** Said to screen readers and shown as the tooltip of undo. */
  label: string;
  /**
   * Changes that follow one another with the same key are one gesture, so one undo step (letters typed into a
   * field). Without a key every change is a step of its own: call `UndoManager.stopCapturing()` before it.
   */
  gesture?: string;
}

/** A history that the shell brings (a Y.UndoManager). Without one the editor keeps its own. */
export interface HostHistory {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  undo(): void;
  redo(): void;
}

export interface HostDocument {
  get(): Content;
  /** Writes the content. Must call back `onChange` listeners, at once or later. */
  set(content: Content, change: Change): void;
  /** Called after every change, own and foreign (another view, a collaborator, the file on disk). */
  onChange(callback: () => void): () => void;
  readonly history?: HostHistory;
  /** True while nothing may be written (a read-only file). */
  readonly readOnly?: boolean;
  /** File name or title, for the heading. */
  readonly name?: string;
  /** Sent as `document` with jobs, so that a reloaded page finds its own again. */
  readonly id?: string;
}

/**
 * Who answers what needs no kernel (`SERVER_OPERATIONS`).
 * `ready`: somebody does; `waiting`: on the way; `absent`: nobody (editing goes on, numbers are greyed).
 */
export type CheckState = "ready" | "waiting" | "absent";

/**
 * Who answers everything else: devices, tasks, and jobs.
 * `none`: this place can never run anything; `stopped`: starts by itself on the first job; `starting`; `ready`;
 * `lacking`: archlab is missing there (`message` says how to install it); `dead`: it went away (`reconnect` helps).
 */
export type KernelState = "none" | "stopped" | "starting" | "ready" | "lacking" | "dead";

export interface HostStatus {
  check: CheckState;
  kernel: KernelState;
  /** Name of the kernel, shown beside its state. */
  kernelName?: string;
  /** One sentence about the state, shown as plain text. */
  message?: string;
}

export interface Abilities {
  /** Weights of a finished or stopped training can be saved through `control {action: "save_weights", path}`. */
  saveWeights?: boolean;
  /** Formats for the export menu, sent as `export {spec, format}`; the answer goes to `download`. */
  exports?: readonly { format: string; label: string }[];
  /** The place reacts to bare keys before the page does: focused elements carry `data-lm-suppress-shortcuts`. */
  suppressShortcuts?: boolean;
}

/**
 * An event of a job (tagged by `type`) and the binary parts of the frame that it came in; where an array belongs, the
 * event holds `{"buffer": index}`. The host unpacks frames: one call per event, in order, then it acknowledges.
 */
export type JobEvent = JsonObject & { type: (JobStarted | TrainEvent | ProfileEvent)["type"] };
export type EventCallback = (event: JobEvent, buffers: readonly DataView[]) => void;

export interface HostEvents {
  /** `status` has changed. */
  status: HostStatus;
  /** `theme` has changed. */
  theme: "light" | "dark";
  /** The kernel offers other parts now (a cell was registered in a notebook): ask for the catalog again. */
  catalog: null;
}

/** The last answers, kept where the document is kept, so that a saved notebook shows picture and numbers at once. */
export interface HostCache {
  get(): CachedAnswers | null;
  set(answers: CachedAnswers): void;
}

export interface CachedAnswers {
  catalog: Catalog;
  reply: CheckReply;
}

/** An error reply of the other side, or of the way there. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly hint = "",
  ) {
    super(message);
    this.name = "RequestError";
  }
}

export interface Host {
  readonly document: HostDocument;
  readonly status: HostStatus;
  readonly theme: "light" | "dark";
  readonly abilities: Abilities;
  readonly cache?: HostCache;
  /**
   * Sends `{op, id, ...payload}`; the host adds the id. Resolves with the `value` of the reply, for jobs (`profile`,
   * `train`, `attach`) with the last event of `done`; rejects with `RequestError` (also when the kernel dies under a job).
   * `onEvent` gets every event of a job. The first is `JobStarted`; `control` takes the name in it.
   */
  request<R = Json>(op: Operation, payload?: JsonObject, onEvent?: EventCallback): Promise<R>;
  on<K extends keyof HostEvents>(event: K, callback: (value: HostEvents[K]) => void): () => void;
  /** Starts or restarts the kernel and connects again. */
  reconnect?(): Promise<void>;
  /** Called for Ctrl/Cmd+S only where `suppressShortcuts` would otherwise swallow it. */
  save?(): void;
  /** Hands a file to the user; without it the editor offers an ordinary browser download. */
  download?(name: string, mime: string, data: Uint8Array): void;
  /** Translates a sentence of the interface; the identity when there is no catalogue. */
  translate(text: string): string;
  /** The mounted editor, for menus and command palettes of the shell; called with null when it goes. */
  connect?(editor: EditorHandle | null): void;
}

/** What a shell may do with a mounted editor. */
export interface EditorHandle {
  /** Every command, in order, with its label already translated. */
  readonly commands: readonly { id: string; label: string; keys: readonly string[] }[];
  isEnabled(id: string): boolean;
  run(id: string): void;
  /** Something that `isEnabled` depends on has changed. */
  onChange(callback: () => void): () => void;
  /** Moves the keyboard focus into the editor. */
  focus(): void;
}
