/** Profile and Train: starts them, folds their events, steers them, finds them again after a reload. */
import type { ControlRequest, TrainRequest } from "../generated/types.js";
import type { Editor } from "./editor.js";
import { type EventCallback, type HostStatus, type JobEvent, RequestError } from "./host.js";
import { NO_PROFILING, reduceProfiling } from "./model/profiling.js";
import type { Device, JobInfo, Json, JsonObject, Operation, TaskInfo } from "./model/spec.js";
import { isOver, NO_TRAINING, reduceTraining } from "./model/training.js";

/** What a training can be told; without a task the other side takes its first. */
export type TrainSettings = Omit<Required<TrainRequest>, "op" | "id" | "rev" | "spec" | "document" | "task"> &
  Pick<TrainRequest, "task">;

/** The two kinds of run; there is at most one of each. */
export type Kind = JobInfo["kind"];

export type Action = ControlRequest["action"];

export class Jobs {
  devices: Device[] | null = null;
  tasks: TaskInfo[] | null = null;
  private known = false;
  /** Number of runs begun of each kind: what an earlier one still says is not heard. */
  private readonly begun: Record<Kind, number> = { train: 0, profile: 0 };
  private readonly listeners = new Set<() => void>();

  constructor(private readonly editor: Editor) {}

  /** Called when devices or tasks have become known. */
  onChange(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  /** A kernel that came is asked what it offers; one that died takes its jobs along. */
  statusChanged(status: HostStatus): void {
    if (status.kernel === "ready") {
      if (!this.known) this.ask();
      return;
    }
    this.known = false;
    if (status.kernel !== "dead" && status.kernel !== "lacking") return;
    const { training, profiling } = this.editor.state;
    const message = status.message ?? this.editor.t("The kernel went away. The document is as it was.");
    if (!isOver(training.state)) this.editor.store.set({ training: { ...training, state: "lost", message } });
    if (profiling.state === "running") this.editor.store.set({ profiling: { ...profiling, state: "lost", message } });
  }

  /** Measures; not beside a training, which would be measured too. */
  async profile(device: string, batch: number): Promise<void> {
    const { editor } = this;
    const spec = editor.spec;
    if (!spec || !isOver(editor.state.training.state)) return;
    const rev = editor.state.rev;
    editor.store.set({ profiling: { ...NO_PROFILING, state: "running", rev } });
    editor.announce(editor.t("Profiling has started"));
    await this.run("profile", "profile", { rev, spec, device, batch }, (event) => this.profileEvent(event));
  }

  /** Trains; not beside a profile, which would measure it too. */
  async train(settings: TrainSettings): Promise<void> {
    const { editor } = this;
    const spec = editor.spec;
    if (!spec || editor.state.profiling.state === "running") return;
    const rev = editor.state.rev;
    editor.store.set({
      training: { ...NO_TRAINING, state: "warming", rev, steps: settings.steps, task: settings.task ?? "" },
    });
    editor.announce(editor.t("Training has started"));
    await this.run("train", "train", { rev, spec, ...settings }, (event, buffers) => this.trainEvent(event, buffers));
  }

  /** Steers the run of a kind, also the one that is over (its weights can be saved). */
  async control(
    kind: Kind,
    action: Action,
    more: { value?: number; path?: string; overwrite?: boolean } = {},
  ): Promise<Json | undefined> {
    const { training, profiling } = this.editor.state;
    const { job } = kind === "train" ? training : profiling;
    if (!job) return undefined;
    try {
      return await this.editor.host.request("control", { job, action, ...more });
    } catch (error) {
      this.editor.fail(error);
      return undefined;
    }
  }

  private async ask(): Promise<void> {
    this.known = true;
    const { host } = this.editor;
    try {
      [this.devices, this.tasks] = await Promise.all([
        host.request<Device[]>("devices"),
        host.request<TaskInfo[]>("tasks"),
      ]);
    } catch (error) {
      this.known = false;
      this.editor.fail(error);
    }
    for (const listener of this.listeners) listener();
    await this.attach();
  }

  /** Listens again to what still runs for this document: the page was reloaded. */
  private async attach(): Promise<void> {
    const { host, store } = this.editor;
    const unknown = (state: string) => state === "idle" || state === "lost";
    const document = host.document.id;
    if (document === undefined) return;
    try {
      const jobs = await host.request<JobInfo[]>("jobs", { document });
      const last = (kind: Kind) => jobs.filter((job) => job.kind === kind).at(-1);
      const training = last("train");
      const profiling = last("profile");
      if (training && unknown(this.editor.state.training.state)) {
        store.set({ training: { ...NO_TRAINING, state: "warming" } });
        const payload = { job: training.job };
        void this.run("train", "attach", payload, (event, buffers) => this.trainEvent(event, buffers));
      }
      if (profiling && unknown(this.editor.state.profiling.state)) {
        store.set({ profiling: { ...NO_PROFILING, state: "running" } });
        void this.run("profile", "attach", { job: profiling.job }, (event) => this.profileEvent(event));
      }
    } catch {
      // A kernel that keeps no jobs: there is nothing to find again.
    }
  }

  private async run(kind: Kind, op: Operation, payload: JsonObject, onEvent: EventCallback): Promise<void> {
    const { host } = this.editor;
    const document = host.document.id;
    this.begun[kind] += 1;
    const turn = this.begun[kind];
    const hear: EventCallback = (event, buffers) => {
      if (this.begun[kind] === turn) onEvent(event, buffers);
    };
    try {
      await host.request(op, document === undefined || op === "attach" ? payload : { ...payload, document }, hear);
    } catch (error) {
      if (this.begun[kind] === turn) this.ended(kind, onEvent, error);
    }
  }

  private ended(kind: Kind, onEvent: EventCallback, error: unknown): void {
    const { training, profiling } = this.editor.state;
    const message = error instanceof Error ? error.message : String(error);
    const hint = error instanceof RequestError ? error.hint : "";
    this.editor.announce(message);
    if ((kind === "train" ? training : profiling).state === "lost") return;
    onEvent({ type: kind === "profile" ? "profile_failed" : "failed", reason: "error", message, hint }, []);
  }

  private profileEvent(event: JobEvent): void {
    const { store, state, t } = this.editor;
    const before = state.profiling;
    const profiling = reduceProfiling(before, event);
    store.set({ profiling });
    if (profiling.state === before.state) return;
    if (profiling.state === "done") {
      this.editor.announce(t("Profiling is done"));
      store.set({ overlay: "latency" });
    } else if (profiling.state === "failed") this.editor.announce(profiling.message);
  }

  private trainEvent(event: JobEvent, buffers: readonly DataView[]): void {
    const { store, state, t } = this.editor;
    const before = state.training;
    const training = reduceTraining(before, event, buffers);
    store.set({ training });
    if (training.state === before.state) return;
    const words: Record<string, string> = {
      running: "Training runs",
      paused: "Training is paused",
      stopped: "Training was stopped",
      finished: "Training is finished",
    };
    this.editor.announce(training.state === "failed" ? training.message : t(words[training.state] ?? ""));
  }
}
