/** The kernel of a document: started by the first job, asked over comms, found again after it died. */
import type { ISessionContext } from "@jupyterlab/apputils";
import type { Kernel, KernelMessage } from "@jupyterlab/services";
import { CommsOverSubshells } from "@jupyterlab/services";
import { Signal } from "@lumino/signaling";

import { type EventCallback, type KernelState, RequestError } from "../core/host.js";
import type { Json, JsonObject, Operation } from "../core/model/spec.js";
import { COMM_TARGET, CONTROL_TARGET } from "../generated/constants.js";
import { Wire } from "../shell/wire.js";

const OPEN_TARGET = "import archlab.bridge.comm as _archlab_comm; _archlab_comm.open_target(); del _archlab_comm";
const GONE = new Set<Kernel.Status>(["dead", "autorestarting", "restarting", "terminating"]);
const SUBSHELL_WAIT = 2000; // milliseconds; a kernel without subshells answers when it is idle

export class KernelLink {
  readonly changed = new Signal<this, void>(this);
  /** The kernel has other parts than before. */
  readonly catalogChanged = new Signal<this, void>(this);
  state: KernelState = "stopped";
  message = "";

  constructor(
    private readonly session: ISessionContext,
    private readonly translate: (text: string) => string,
  ) {
    session.statusChanged.connect(this.onStatus, this);
    session.kernelChanged.connect(this.onKernel, this);
  }

  get name(): string {
    return this.session.session?.kernel ? this.session.kernelDisplayName : "";
  }

  /** Survives a reload and a rename, unlike the path; empty before there is a kernel. */
  get sessionId(): string {
    return this.session.session?.id ?? "";
  }

  /** Something waits for the kernel's answer. */
  get busy(): boolean {
    return (this.wire?.pending ?? 0) > 0;
  }

  async request(op: Operation, payload: JsonObject, onEvent?: EventCallback): Promise<Json> {
    const wire = await this.connect();
    return wire.request(op, payload, onEvent);
  }

  /** Starts a kernel where there is none, and opens the comms. */
  connect(): Promise<Wire> {
    if (this.wire) return Promise.resolve(this.wire);
    this.connecting ??= this.open().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }

  /** A fresh start after the kernel died, was restarted, or lacked archlab. */
  async reconnect(): Promise<void> {
    this.closeWire(this.translate("The connection to the kernel was renewed."));
    await this.connect();
  }

  dispose(): void {
    this.disposed = true;
    this.session.statusChanged.disconnect(this.onStatus, this);
    this.session.kernelChanged.disconnect(this.onKernel, this);
    this.closeWire(this.translate("The document was closed."));
    Signal.clearData(this);
  }

  private async open(): Promise<Wire> {
    this.setState("starting");
    try {
      const kernel = await this.kernel();
      await this.runSilently(kernel, OPEN_TARGET);
      const wire = await this.openComms(kernel);
      if (this.disposed) {
        this.closeWire("");
        throw new RequestError(this.translate("The document was closed."));
      }
      this.setState("ready");
      return wire;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.state === "starting") this.setState("dead", reason);
      throw error instanceof RequestError ? error : new RequestError(reason);
    }
  }

  private async kernel(): Promise<Kernel.IKernelConnection> {
    await this.session.ready;
    let kernel = this.session.session?.kernel;
    if (!kernel || kernel.status === "dead" || kernel.status === "terminating") {
      const specs = this.session.specsManager;
      await specs.ready;
      const all = Object.values(specs.specs?.kernelspecs ?? {});
      const preferred = specs.specs?.kernelspecs[specs.specs.default];
      const chosen = preferred?.language === "python" ? preferred : all.find((spec) => spec?.language === "python");
      if (!chosen) throw new RequestError(this.translate("This Jupyter server has no Python kernel to run on."));
      kernel = await this.session.changeKernel({ name: chosen.name });
    }
    if (!kernel) throw new RequestError(this.translate("The kernel could not be started."));
    await kernel.info;
    return kernel;
  }

  /** Runs code that leaves no trace in the history; a failure means that archlab is not there. */
  private async runSilently(kernel: Kernel.IKernelConnection, code: string): Promise<void> {
    const future = kernel.requestExecute({ code, silent: true, store_history: false, stop_on_error: false });
    const reply = (await future.done) as KernelMessage.IExecuteReplyMsg;
    if (reply.content.status === "ok") return;
    const name = this.session.kernelDisplayName;
    const message =
      reply.content.status === "error" && reply.content.ename === "ModuleNotFoundError"
        ? this.translate("archlab is missing in the kernel “{name}” ({reason}).")
            .replace("{name}", name)
            .replace("{reason}", reply.content.evalue)
        : this.translate("archlab could not be loaded in the kernel “{name}”.").replace("{name}", name);
    const hint = this.translate("Run “%pip install archlab” in a notebook of that kernel, then reconnect.");
    this.setState("lacking", `${message} ${hint}`);
    throw new RequestError(message, hint);
  }

  private async openComms(kernel: Kernel.IKernelConnection): Promise<Wire> {
    // A subshell for each comm: the one that JupyterLab keeps per target outlives a kernel that died, in its cache only.
    kernel.commsOverSubshells = CommsOverSubshells.PerComm;
    const link = crypto.randomUUID();
    const main = kernel.createComm(COMM_TARGET);
    const control = kernel.createComm(CONTROL_TARGET);
    this.comms = [main, control];
    const wire = new Wire(
      (message) => void main.send(message),
      (message) => void control.send(message),
      () => this.catalogChanged.emit(),
    );
    main.onMsg = (message) => wire.receive(message.content.data, views(message.buffers));
    main.onClose = () => this.connectionLost(this.translate("The kernel closed the connection."));
    if (kernel.supportsSubshells) {
      const started = Promise.all(this.comms.map((comm) => (comm as SubshellComm).subshellStarted));
      await Promise.race([started, new Promise((resolve) => setTimeout(resolve, SUBSHELL_WAIT))]);
    }
    main.open({ link });
    control.open({ link });
    this.wire = wire;
    return wire;
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    if (!GONE.has(status) || this.wire === undefined) return;
    // A crash that the server mends arrives as "restarting", like a restart that the user asked for.
    this.connectionLost(
      this.translate("The kernel died or was restarted; what ran in it is gone. The document is untouched."),
    );
  }

  private onKernel(): void {
    if (this.connecting) return;
    if (this.wire !== undefined) this.closeWire(this.translate("The document has another kernel now."));
    if (!this.session.session?.kernel) this.setState("stopped");
    else if (this.state === "stopped") void this.connect().catch(() => undefined);
  }

  private connectionLost(reason: string): void {
    this.closeWire(reason);
    this.setState("dead", reason);
  }

  private closeWire(reason: string): void {
    const wire = this.wire;
    this.wire = undefined;
    const kernel = this.session.isDisposed ? null : this.session.session?.kernel;
    const alive = kernel && !kernel.isDisposed && kernel.connectionStatus === "connected" && !GONE.has(kernel.status);
    for (const comm of this.comms) {
      comm.onClose = () => undefined;
      if (comm.isDisposed) continue;
      // The kernel, if it still lives, need not go on sending frames to nobody.
      if (alive) comm.close();
      else comm.dispose();
    }
    this.comms = [];
    wire?.close(reason);
  }

  private setState(state: KernelState, message = ""): void {
    if (this.disposed) return;
    this.state = state;
    this.message = message;
    this.changed.emit();
  }

  private disposed = false;
  private wire: Wire | undefined;
  private connecting: Promise<Wire> | undefined;
  private comms: Kernel.IComm[] = [];
}

/** What JupyterLab's own comms offer beyond the interface. */
type SubshellComm = Kernel.IComm & { readonly subshellStarted?: Promise<void> };

function views(buffers: (ArrayBuffer | ArrayBufferView)[] | undefined): DataView[] {
  return (buffers ?? []).map((buffer) =>
    buffer instanceof ArrayBuffer
      ? new DataView(buffer)
      : new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength),
  );
}
