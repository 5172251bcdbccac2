/** Sends every revision to be checked and drops answers that come too late. */
import type { Host } from "../host.js";
import type { CheckReply, Spec } from "./spec.js";

export class Checker {
  private latest = 0;

  constructor(
    private readonly host: Pick<Host, "request">,
    private readonly onReply: (reply: CheckReply) => void,
    private readonly onFailure: (rev: number, error: unknown) => void,
  ) {}

  send(rev: number, spec: Spec, batch: number): void {
    this.latest = rev;
    this.host.request<CheckReply>("check", { rev, spec, batch }).then(
      (reply) => {
        if (rev === this.latest && (reply.rev ?? rev) === rev) this.onReply({ ...reply, rev });
      },
      (error: unknown) => {
        if (rev === this.latest) this.onFailure(rev, error);
      },
    );
  }

  /** Nothing that is still under way counts any more. */
  cancel(): void {
    this.latest = -1;
  }
}
