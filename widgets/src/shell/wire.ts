/** Requests over a channel of messages (kernel comm, widget): ids, streamed frames, acknowledgements. */
import { type EventCallback, type JobEvent, RequestError } from "../core/host.js";
import type { Json, JsonObject, Operation } from "../core/model/spec.js";
import type { AnyMessage, Frame } from "../generated/types.js";

interface Pending {
  resolve(value: Json): void;
  reject(error: RequestError): void;
  onEvent: EventCallback | undefined;
}

export class Wire {
  /**
   * @param send carries a request
   * @param control carries requests that must get through while the other side is busy
   * @param onCatalog called when the other side has other parts than before
   */
  constructor(
    private readonly send: (message: JsonObject) => void,
    private readonly control: (message: JsonObject) => void,
    private readonly onCatalog: () => void,
  ) {}

  /** Number of requests that wait for an answer. */
  get pending(): number {
    return this.waiting.size;
  }

  request(op: Operation, payload: JsonObject = {}, onEvent?: EventCallback): Promise<Json> {
    if (this.closed) return Promise.reject(new RequestError(this.closed));
    const id = this.nextId();
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, onEvent });
      const message = { ...payload, op, id };
      try {
        if (op === "control") this.control(message);
        else this.send(message);
      } catch (error) {
        this.waiting.delete(id);
        reject(new RequestError(error instanceof Error ? error.message : String(error)));
      }
    });
  }

  /** Takes a message of the other side. */
  receive(data: unknown, buffers: DataView[]): void {
    if (typeof data !== "object" || data === null) return;
    const message = data as AnyMessage;
    if (message.type === "catalog") {
      this.onCatalog();
      return;
    }
    const pending = this.waiting.get(message.id);
    if (pending === undefined) return;
    if (message.type === "frame") {
      try {
        for (const event of message.events) pending.onEvent?.(event as JobEvent, buffers);
      } finally {
        this.acknowledge(message);
      }
      return;
    }
    this.waiting.delete(message.id);
    if (message.type === "reply") pending.resolve(message.value);
    else if (message.type === "done") pending.resolve(message.last);
    else pending.reject(new RequestError(message.message, message.hint));
  }

  /** Asks for no more frames of the jobs that are listened to, where the channel itself stays open. */
  detach(): void {
    for (const [request, { onEvent }] of this.waiting) {
      if (onEvent) this.control({ op: "detach", id: this.nextId(), request });
    }
  }

  /** The channel has gone: everything that waits fails with that sentence. */
  close(reason: string, hint = ""): void {
    this.closed = reason;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const pending of waiting) pending.reject(new RequestError(reason, hint));
  }

  /** After the screen was painted, so that the other side never runs ahead of it. */
  private acknowledge({ id, job, number }: Frame): void {
    requestAnimationFrame(() => {
      if (this.closed) return;
      try {
        this.control({ op: "ack", id: this.nextId(), job, request: id, number });
      } catch {
        // The channel has gone between two frames; `close` tells everyone.
      }
    });
  }

  private nextId(): string {
    this.last += 1;
    return `${this.name}:${this.last}`;
  }

  /** Two views of one widget hear each other's answers. */
  private readonly name = crypto.randomUUID();
  private readonly waiting = new Map<Frame["id"], Pending>();
  private last = 0;
  private closed = "";
}
