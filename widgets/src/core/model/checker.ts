/** Sends revisions to be checked, one at a time, and drops answers that come too late. */
import type { Host } from "../host.js";
import type { CheckReply, Spec } from "./spec.js";

export class Checker {
  private latest = -1;
  /** Grows when what is under way counts no more. */
  private turn = 0;
  private busy = false;
  private next: (() => void) | null = null;

  constructor(
    private readonly host: Pick<Host, "request">,
    private readonly onReply: (reply: CheckReply) => void,
    private readonly onFailure: (rev: number, error: unknown) => void,
  ) {}

  /** Asks at once, or after the answer to what is under way: then only the newest revision is sent. */
  send(rev: number, spec: Spec, batch: number): void {
    this.latest = rev;
    if (this.busy) {
      this.next = () => this.ask(rev, spec, batch);
      return;
    }
    this.ask(rev, spec, batch);
  }

  /** Nothing that is still under way counts any more, and nothing waits for it. */
  cancel(): void {
    this.latest = -1;
    this.turn += 1;
    this.busy = false;
    this.next = null;
  }

  private ask(rev: number, spec: Spec, batch: number): void {
    const { turn } = this;
    this.busy = true;
    this.next = null;
    this.host.request<CheckReply>("check", { rev, spec, batch }).then(
      (reply) => {
        if (!this.isCurrent(turn)) return;
        if (rev === this.latest && (reply.rev ?? rev) === rev) this.onReply({ ...reply, rev });
        this.sendNext();
      },
      (error: unknown) => {
        if (!this.isCurrent(turn)) return;
        if (rev === this.latest) this.onFailure(rev, error);
        this.sendNext();
      },
    );
  }

  /** Whether an answer still counts; if so nothing is under way any more. */
  private isCurrent(turn: number): boolean {
    if (turn !== this.turn) return false;
    this.busy = false;
    return true;
  }

  private sendNext(): void {
    if (!this.busy) this.next?.();
  }
}
