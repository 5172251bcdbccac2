/** State of a training run, folded from its events. Pure. */
import type { JobEvent } from "../host.js";
import { isObject } from "./json.js";
import type { Json } from "./spec.js";

export type RunState = "idle" | "warming" | "running" | "paused" | "stopped" | "finished" | "failed" | "lost";

export interface Features {
  node: string;
  lo: number;
  hi: number;
  /** Channels, height, width. */
  shape: [number, number, number];
  data: Uint8Array;
}

export interface Share {
  id: string;
  share: number | null;
}

export interface Point {
  step: number;
  value: number;
}

export interface Training {
  state: RunState;
  job: string;
  /** Revision of the document that is trained. */
  /** Revision of this page at the start, -1 for a run of an earlier page; and what names its document. */
  rev: number;
  digest: string;
  steps: number;
  step: number;
  task: string;
  device: string;
  note: string;
  metric: string;
  lr: number;
  imagesPerSecond: number | null;
  loss: Point[];
  testLoss: Point[];
  metrics: ReadonlyMap<string, Point[]>;
  /** Step of the last capture, null before the first. */
  capturedAt: number | null;
  features: ReadonlyMap<string, Features>;
  shares: ReadonlyMap<string, { view: string; links: Share[] }>;
  /** Share of every link that arrives at a fusion. */
  linkShare: ReadonlyMap<string, number>;
  message: string;
  hint: string;
  failedNode: string;
}

export const NO_TRAINING: Training = {
  state: "idle",
  job: "",
  rev: -1,
  digest: "",
  steps: 0,
  step: 0,
  task: "",
  device: "",
  note: "",
  metric: "",
  lr: 0,
  imagesPerSecond: null,
  loss: [],
  testLoss: [],
  metrics: new Map(),
  capturedAt: null,
  features: new Map(),
  shares: new Map(),
  linkShare: new Map(),
  message: "",
  hint: "",
  failedNode: "",
};

export function isOver(state: RunState): boolean {
  return state === "idle" || state === "stopped" || state === "finished" || state === "failed" || state === "lost";
}

/** The state after an event; unknown events change nothing. */
export function reduceTraining(now: Training, event: JobEvent, buffers: readonly DataView[]): Training {
  switch (event.type) {
    case "job":
      return { ...now, job: text(event.job), digest: text(event.digest) };
    case "started":
      return {
        ...now,
        state: "running",
        steps: number(event.steps) ?? now.steps,
        task: text(event.task),
        device: text(event.device),
        note: text(event.note),
        metric: text(event.metric),
        lr: number(event.lr) ?? now.lr,
      };
    case "step": {
      const step = number(event.step) ?? now.step;
      return {
        ...now,
        step,
        lr: number(event.lr) ?? now.lr,
        imagesPerSecond: number(event.images_per_second),
        loss: added(now.loss, step, event.loss),
      };
    }
    case "evaluated":
      return evaluated(now, event);
    case "captured":
      return captured(now, event, buffers);
    case "paused":
      return { ...now, state: "paused", step: number(event.step) ?? now.step };
    case "resumed":
      return { ...now, state: "running" };
    case "stopped":
      return { ...now, state: "stopped", step: number(event.step) ?? now.step };
    case "finished":
      return { ...now, state: "finished", step: number(event.steps) ?? now.step };
    case "failed":
      return {
        ...now,
        state: "failed",
        step: number(event.step) ?? now.step,
        message: text(event.message),
        hint: text(event.hint),
        failedNode: text(event.node),
      };
    default:
      return now;
  }
}

function evaluated(now: Training, event: JobEvent): Training {
  const step = number(event.step) ?? now.step;
  const metrics = new Map(now.metrics);
  if (isObject(event.metrics)) {
    for (const [name, value] of Object.entries(event.metrics))
      metrics.set(name, added(metrics.get(name) ?? [], step, value));
  }
  return { ...now, metrics, testLoss: added(now.testLoss, step, event.loss) };
}

function captured(now: Training, event: JobEvent, buffers: readonly DataView[]): Training {
  const features = new Map<string, Features>();
  for (const entry of list(event.features)) {
    if (!isObject(entry)) continue;
    const shape = list(entry.shape).map((n) => number(n) ?? 0);
    const data = binary(entry.data, buffers);
    const [channels, height, width] = shape;
    if (!data || !channels || !height || !width || data.length < channels * height * width) continue;
    features.set(text(entry.node), {
      node: text(entry.node),
      lo: number(entry.lo) ?? 0,
      hi: number(entry.hi) ?? 0,
      shape: [channels, height, width],
      data,
    });
  }
  const shares = new Map<string, { view: string; links: Share[] }>();
  const linkShare = new Map<string, number>();
  for (const entry of list(event.shares)) {
    if (!isObject(entry)) continue;
    const links: Share[] = [];
    for (const link of list(entry.links)) {
      if (!isObject(link)) continue;
      const share = number(link.share);
      links.push({ id: text(link.id), share });
      if (share !== null) linkShare.set(text(link.id), share);
    }
    shares.set(text(entry.node), { view: text(entry.view), links });
  }
  return { ...now, features, shares, linkShare, capturedAt: number(event.step) ?? now.step };
}

/** The bytes beside the message that a value names: `{"buffer": index}`. */
function binary(value: Json | undefined, buffers: readonly DataView[]): Uint8Array | undefined {
  if (isObject(value) && typeof value.buffer === "number") {
    const view = buffers[value.buffer];
    return view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : undefined;
  }
  return undefined;
}

function added(points: Point[], step: number, value: Json | undefined): Point[] {
  const here = number(value);
  if (here === null) return points;
  const last = points.at(-1);
  return last && last.step >= step ? points : [...points, { step, value: here }];
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function number(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
