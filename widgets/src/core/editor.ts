/** The editor's state and everything that can be done to it; the views only read it and call it. */
import { problemCount, say } from "./a11y.js";
import { layLattice } from "./geometry/lattice.js";
import { type Change, type Content, type Host, type HostStatus, RequestError } from "./host.js";
import { Jobs } from "./jobs.js";
import { indexCatalog } from "./model/catalog.js";
import { Checker } from "./model/checker.js";
import { blockText } from "./model/edits.js";
import { History } from "./model/history.js";
import { equal } from "./model/json.js";
import { difference, type Totals, totalsOf } from "./model/overlay.js";
import { NOTHING, type Selection, surviving } from "./model/selection.js";
import { sameLattice, shared } from "./model/share.js";
import type { Catalog, CheckReply, Diagnostic, PictureReply, Spec, Template } from "./model/spec.js";
import { Store } from "./model/store.js";
import { type Draft, initialState, type Panel, type State } from "./state.js";

export class Editor {
  readonly store: Store<State>;
  readonly jobs: Jobs;
  /** Moves the keyboard focus to what is selected; set by the canvas. */
  focusCanvas: () => void = () => {};
  /** Shows the whole lattice; set by the canvas. */
  fit: () => void = () => {};
  /** Puts the caret into the text of the selected block; set by the inspector. */
  editText: () => void = () => {};
  readonly t: (text: string) => string;
  private readonly history: History<Content>;
  private readonly checker: Checker;
  private readonly pictures = new Map<string, Promise<string>>();
  private readonly unsubscribe: (() => void)[] = [];
  private baseline: Totals | null = null;
  private lastGesture: string | undefined;

  constructor(readonly host: Host) {
    this.t = (text) => host.translate(text);
    const content = host.document.get();
    this.history = new History(content);
    this.store = new Store<State>(initialState(host, content));
    this.checker = new Checker(host, this.accept, this.checkFailed);
    this.jobs = new Jobs(this);
    const cached = host.cache?.get();
    if (cached) {
      this.store.set({ catalog: indexCatalog(cached.catalog) });
      this.accept({ ...cached.reply, rev: 0 });
    }
    this.unsubscribe.push(
      host.document.onChange(() => this.sync()),
      host.on("status", (status) => this.statusChanged(status)),
      host.on("theme", (theme) => this.store.set({ theme })),
      host.on("catalog", () => this.loadCatalog()),
    );
    if (host.status.check !== "absent") {
      this.loadCatalog(false);
      this.check();
    }
    this.jobs.statusChanged(host.status);
  }

  get state(): State {
    return this.store.get();
  }

  /** The document, null while the content is none. */
  get spec(): Spec | null {
    return this.state.content.kind === "spec" ? this.state.content.spec : null;
  }

  dispose(): void {
    this.checker.cancel();
    for (const stop of this.unsubscribe) stop();
  }

  /** Changes the document. Returns false when that changes nothing or nothing may be changed. */
  apply(label: string, edit: (spec: Spec) => Spec, gesture?: string): boolean {
    const spec = this.spec;
    if (!spec) return false;
    const { drafts } = this.state;
    const content: Content = { kind: "spec", spec: edit(spec) };
    const changed = this.replace(content, gesture === undefined ? { label } : { label, gesture });
    if (changed && this.spec === content.spec) this.store.set({ drafts });
    return changed;
  }

  /** Puts other content in place of the present one: a step that undo takes back. */
  replace(content: Content, change: Change): boolean {
    if (this.host.document.readOnly || equal(content, this.state.content)) return false;
    this.startDelta(change.gesture);
    if (!this.host.document.history) this.history.push(content, change.label, change.gesture);
    this.show(content);
    this.host.document.set(content, change);
    this.announce(change.label);
    return true;
  }

  get canUndo(): boolean {
    return this.host.document.history?.canUndo ?? this.history.undoLabel !== undefined;
  }

  get canRedo(): boolean {
    return this.host.document.history?.canRedo ?? this.history.redoLabel !== undefined;
  }

  undo(): void {
    this.stepHistory("undo");
  }

  redo(): void {
    this.stepHistory("redo");
  }

  private stepHistory(way: "undo" | "redo"): void {
    const own = this.host.document.history;
    this.startDelta(undefined);
    if (own) {
      own[way]();
      this.announce(this.t(way === "undo" ? "Undone" : "Redone"));
      this.sync();
      return;
    }
    const step = this.history[way]();
    if (!step) return;
    const content = this.history.value;
    this.show(content);
    this.host.document.set(content, { label: step.label });
    this.announce(say(this.t, way === "undo" ? "Undone: {label}" : "Redone: {label}", { label: step.label }));
  }

  /** Sends the document to be checked, as it stands. */
  check(): void {
    const { content, rev, status } = this.state;
    if (content.kind !== "spec" || status.check === "absent") return;
    this.checker.send(rev, content.spec, 1);
  }

  select(selection: Selection): void {
    const before = this.state.selection;
    if (equal(before, selection)) return;
    this.store.set({ selection, caret: null });
  }

  openPanel(panel: Panel): void {
    this.store.set({ panel, panelOpen: true });
  }

  /** Selects what a diagnostic is about and moves the focus there. */
  jump(diagnostic: Diagnostic): void {
    const { picture } = this.state;
    const id = diagnostic.node;
    if (picture?.graph.nodes.some((node) => node.id === id)) this.select({ kind: "nodes", ids: [id] });
    else if (picture?.graph.links.some((link) => link.id === id)) this.select({ kind: "link", id });
    else {
      this.select(NOTHING);
      this.openPanel("inspect");
    }
    this.focusCanvas();
  }

  announce(text: string): void {
    this.store.set({ announcement: { text, n: this.state.announcement.n + 1 } });
  }

  setDraft(key: string, draft: Draft | null): void {
    const drafts = new Map(this.state.drafts);
    if (draft) drafts.set(key, draft);
    else if (!drafts.delete(key)) return;
    this.store.set({ drafts });
  }

  /** Shows what went wrong with a request until the user dismisses it. */
  fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.store.set({ notice: { message, hint: error instanceof RequestError ? error.hint : "" } });
    this.announce(message);
  }

  /** The text of a block as the document has it now, which may be ahead of the graph. */
  textOf(id: string): string {
    const spec = this.spec;
    const own = spec ? blockText(spec, id) : undefined;
    return own ?? this.state.picture?.graph.nodes.find((node) => node.id === id)?.text ?? "";
  }

  /** The picture of a code in the colours of the theme, as SVG text, asked for once; empty where there is none. */
  pictureOf(code: string): Promise<string> {
    const { theme } = this.state;
    const key = `${theme} ${code}`;
    const known = this.pictures.get(key);
    if (known) return known;
    const asked = this.host.request<PictureReply | null>("picture", { code, theme }).then(
      (reply) => reply?.svg ?? "",
      () => {
        this.pictures.delete(key); // Whoever failed may answer the next time; a page without a picture is still a page.
        return "";
      },
    );
    this.pictures.set(key, asked);
    return asked;
  }

  async loadTemplates(): Promise<void> {
    if (this.state.templates) return;
    try {
      this.store.set({ templates: await this.host.request<Template[]>("templates") });
    } catch (error) {
      this.fail(error);
    }
  }

  private async loadCatalog(again = true): Promise<void> {
    try {
      const catalog = await this.host.request<Catalog>("catalog");
      this.pictures.clear(); // A code may mean another cell now.
      this.store.set({ catalog: indexCatalog(catalog) });
      if (again) this.check();
    } catch (error) {
      if (this.host.status.check === "ready") this.fail(error);
    }
  }

  private statusChanged(status: HostStatus): void {
    const before = this.state.status;
    this.store.set({ status });
    if (status.check === "ready" && before.check !== "ready") {
      this.checker.cancel();
      if (!this.state.catalog) this.loadCatalog();
      else this.check();
    }
    this.jobs.statusChanged(status);
  }

  /** Takes over what the host holds now: a change made elsewhere. */
  private sync(): void {
    const content = this.host.document.get();
    if (equal(content, this.state.content)) {
      this.store.set({ historyRev: this.state.historyRev + 1 });
      return;
    }
    if (!this.host.document.history) this.history.push(content, this.t("Changed elsewhere"));
    this.show(content);
  }

  /** Makes that the content which is shown and checked, whoever changed it. */
  private show(content: Content): void {
    const patch: Partial<State> = {
      content,
      rev: this.state.rev + 1,
      historyRev: this.state.historyRev + 1,
      choosing: false,
      // What was typed over another document means nothing in this one.
      drafts: new Map(),
    };
    if (content.kind !== "spec") {
      this.checker.cancel();
      Object.assign(patch, { picture: null, diagnostics: [], delta: null, selection: NOTHING, unreadable: false });
    }
    this.store.set(patch);
    this.check();
  }

  private startDelta(gesture: string | undefined): void {
    if (gesture !== undefined && gesture === this.lastGesture) return;
    this.lastGesture = gesture;
    const { picture, rev } = this.state;
    if (picture && picture.rev === rev) this.baseline = totalsOf(picture.estimate);
  }

  private readonly accept = (reply: CheckReply): void => {
    const before = this.state;
    const patch: Partial<State> = {
      diagnostics: reply.diagnostics ?? [],
      growth: reply.growth ?? before.growth,
      checkedRev: reply.rev,
      digest: reply.digest ?? "",
    };
    if (reply.graph) {
      const old = before.picture;
      const graph = shared(old?.graph, reply.graph);
      const { nodes, links } = graph;
      patch.picture = {
        rev: reply.rev,
        graph,
        estimate: reply.estimate,
        lattice: old && sameLattice(old.graph, graph) ? old.lattice : layLattice(nodes, links),
      };
      patch.unreadable = false;
      patch.delta = difference(totalsOf(reply.estimate), this.baseline);
      patch.selection = surviving(
        before.selection,
        new Set(nodes.map((node) => node.id)),
        new Set(links.map((link) => link.id)),
      );
      if (before.catalog) this.host.cache?.set({ catalog: before.catalog.catalog, reply });
    } else if (!before.picture) {
      patch.unreadable = true;
    }
    this.store.set(patch);
    const count = problemCount(this.t, patch.diagnostics ?? []);
    if (count !== problemCount(this.t, before.diagnostics)) this.announce(count);
  };

  private readonly checkFailed = (_rev: number, error: unknown): void => {
    if (this.host.status.check === "ready") this.fail(error);
  };
}
