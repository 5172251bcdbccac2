/** The document of an editor on the shared text of a JupyterLab document: what is saved is what was read or written. */
import type { YFile } from "@jupyter/ydoc";
import { PathExt } from "@jupyterlab/coreutils";
import type { DocumentRegistry } from "@jupyterlab/docregistry";

import type { Change, Content, HostDocument, HostHistory } from "../core/host.js";
import { readContent, writeContent } from "../shell/content.js";

export class LabDocument implements HostDocument {
  constructor(private readonly context: DocumentRegistry.CodeContext) {
    this.file = context.model.sharedModel as YFile;
    if (!opened.has(this.file) && !context.model.dirty) this.file.clearUndoHistory(); // loading is no edit
    opened.add(this.file);
    this.file.changed.connect(this.onSharedChange, this);
    context.pathChanged.connect(this.notify, this);
  }

  get name(): string {
    return PathExt.basename(this.context.localPath);
  }

  get id(): string {
    return this.context.path;
  }

  get readOnly(): boolean {
    return this.context.model.readOnly || this.context.contentsModel?.writable === false;
  }

  get(): Content {
    const text = this.file.getSource();
    if (this.cache?.text !== text) this.cache = { text, content: readContent(text) };
    return this.cache.content;
  }

  set(content: Content, change: Change): void {
    const before = this.file.getSource();
    const text = writeContent(content);
    this.cache = { text, content };
    if (text === before) return;
    const { undoManager } = this.file;
    const goesOn = change.gesture !== undefined && change.gesture === this.gesture;
    if (!goesOn) undoManager.stopCapturing();
    this.gesture = change.gesture;
    // A gesture is one step however long it takes; the text editor on the same document keeps its own time.
    const timeout = undoManager.captureTimeout;
    undoManager.captureTimeout = goesOn ? Number.POSITIVE_INFINITY : timeout;
    // Only what differs, so that a text editor on the same document keeps its cursor and collaborators their edits.
    const [start, end, inserted] = difference(before, text);
    this.file.updateSource(start, end, inserted);
    undoManager.captureTimeout = timeout;
  }

  onChange(callback: () => void): () => void {
    this.callbacks.add(callback);
    return () => this.callbacks.delete(callback);
  }

  readonly history: HostHistory = new LabHistory(this);

  /** Ends the gesture, so that the next change is an undo step of its own. */
  endGesture(): void {
    this.gesture = undefined;
    this.file.undoManager.stopCapturing();
  }

  readonly file: YFile;

  dispose(): void {
    this.file.changed.disconnect(this.onSharedChange, this);
    this.context.pathChanged.disconnect(this.notify, this);
    this.callbacks.clear();
  }

  private onSharedChange(_: unknown, change: { sourceChange?: unknown }): void {
    if (change.sourceChange !== undefined) this.notify();
  }

  private notify(): void {
    for (const callback of [...this.callbacks]) callback();
  }

  private readonly callbacks = new Set<() => void>();
  private cache: { text: string; content: Content } | undefined;
  private gesture: string | undefined;
}

const opened = new WeakSet<YFile>();

class LabHistory implements HostHistory {
  constructor(private readonly document: LabDocument) {}

  get canUndo(): boolean {
    return this.document.file.canUndo();
  }

  get canRedo(): boolean {
    return this.document.file.canRedo();
  }

  undo(): void {
    this.document.endGesture();
    this.document.file.undo();
  }

  redo(): void {
    this.document.endGesture();
    this.document.file.redo();
  }
}

/** The one range of `before` to replace so that it becomes `after`: start, end, new text. */
export function difference(before: string, after: string): [number, number, string] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  // Never between the halves of a surrogate pair.
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) start -= 1;
  let same = 0;
  while (same < shorter - start && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  if (same > 0 && isLowSurrogate(before.charCodeAt(before.length - same))) same -= 1;
  return [start, before.length - same, after.slice(start, after.length - same)];
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
