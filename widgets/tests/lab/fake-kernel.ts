/** The kernel of a document as far as `LabHost` asks it, for tests of the host alone. */
import { Signal } from "@lumino/signaling";

export class FakeKernel {
  private static last: FakeKernel;

  readonly changed = new Signal<this, void>(this);
  readonly catalogChanged = new Signal<this, void>(this);
  state = "stopped";
  message = "";
  name = "";
  sessionId = "session-1";
  asked: [string, unknown][] = [];
  catalog: unknown = { codes: ["A"] };

  constructor() {
    FakeKernel.last = this;
  }

  static current(): FakeKernel {
    return FakeKernel.last;
  }

  async connect(): Promise<void> {
    this.become("ready");
  }

  async reconnect(): Promise<void> {
    await this.connect();
  }

  async request(op: string, payload: unknown): Promise<unknown> {
    this.asked.push([op, payload]);
    return op === "catalog" ? this.catalog : `${op} by the kernel`;
  }

  become(state: string): void {
    this.state = state;
    this.changed.emit();
  }

  dispose(): void {}
}
