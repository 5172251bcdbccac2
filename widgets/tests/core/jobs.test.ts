import { describe, expect, it } from "vitest";
import { Editor } from "../../src/core/editor.js";
import type { EventCallback, JobEvent } from "../../src/core/host.js";
import { RequestError } from "../../src/core/host.js";
import { atlasOf, LUT, tiles } from "../../src/core/model/atlas.js";
import { extent, sampled, smoothed, ticks } from "../../src/core/model/curve.js";
import { isCurrent } from "../../src/core/model/freshness.js";
import { NO_PROFILING, reduceProfiling } from "../../src/core/model/profiling.js";
import type { CheckReply, JsonObject } from "../../src/core/model/spec.js";
import { NO_TRAINING, reduceTraining } from "../../src/core/model/training.js";
import { answering, GOOD, hostOf, SPEC, settled } from "./helpers.js";

function view(...bytes: number[]): DataView {
  return new DataView(Uint8Array.from([99, ...bytes]).buffer, 1);
}

const CAPTURED: JobEvent = {
  type: "captured",
  step: 4,
  features: [
    { node: "a", lo: 0, hi: 1, shape: [2, 1, 2], data: { buffer: 0 } },
    { node: "b", lo: 0, hi: 1, shape: [1, 2, 1], data: { buffer: 1 } },
    { node: "short", lo: 0, hi: 1, shape: [4, 4, 4], data: { buffer: 0 } },
    { node: "none", lo: 0, hi: 1, shape: [1, 1, 1], data: { buffer: 7 } },
  ],
  shares: [
    {
      node: "f",
      view: "signal",
      links: [
        { id: "a>f", share: 1.2 },
        { id: "b>f", share: -0.2 },
        { id: "c>f", share: null },
      ],
    },
  ],
};

describe("a training", () => {
  it("is folded from its events", () => {
    const events: JobEvent[] = [
      { type: "job", job: "train-1", kind: "train" },
      { type: "started", steps: 20, task: "t", device: "cpu", note: "a head was added", metric: "accuracy", lr: 0.1 },
      { type: "step", step: 1, loss: 2, lr: 0.1, images_per_second: 50 },
      { type: "step", step: 2, loss: 1.5, lr: 0.05, images_per_second: 60 },
      { type: "evaluated", step: 2, loss: 1.4, metrics: { accuracy: 0.5 } },
      { type: "paused", step: 2 },
      { type: "never heard of" } as unknown as JobEvent,
    ];
    const state = events.reduce((now, event) => reduceTraining(now, event, []), NO_TRAINING);
    expect(state).toMatchObject({ state: "paused", job: "train-1", steps: 20, step: 2, lr: 0.05, metric: "accuracy" });
    expect(state.loss.map((p) => p.value)).toEqual([2, 1.5]);
    expect(state.metrics.get("accuracy")).toEqual([{ step: 2, value: 0.5 }]);
    expect(reduceTraining(state, { type: "resumed", step: 2 }, []).state).toBe("running");
    expect(reduceTraining(state, { type: "finished", steps: 20, metrics: {} }, [])).toMatchObject({
      state: "finished",
      step: 20,
    });
  });

  it("takes feature maps from buffers that start anywhere; broken ones are left out", () => {
    const state = reduceTraining(NO_TRAINING, CAPTURED, [view(1, 2, 3, 4), view(1, 2)]);
    expect([...state.features.keys()]).toEqual(["a", "b"]);
    expect([...(state.features.get("a")?.data ?? [])]).toEqual([1, 2, 3, 4]);
    expect([...(state.features.get("b")?.data ?? [])]).toEqual([1, 2]);
    expect(state.capturedAt).toBe(4);
    expect(state.linkShare.get("b>f")).toBe(-0.2);
    expect(state.linkShare.has("c>f")).toBe(false);
  });

  it("keeps a steady curve when steps are told twice or are no numbers", () => {
    const events = [1, 2, 2, 3].map((step) => ({ type: "step", step, loss: step }) as JobEvent);
    events.push({ type: "step", step: 4, loss: null }, { type: "step", step: 5, loss: "NaN" });
    const state = events.reduce((now, event) => reduceTraining(now, event, []), NO_TRAINING);
    expect(state.loss.map((p) => p.step)).toEqual([1, 2, 3]);
  });

  it("says why it failed, and where", () => {
    const event: JobEvent = {
      type: "failed",
      step: 3,
      reason: "nan",
      message: "The loss is not a number.",
      node: "B12",
      hint: "Less.",
    };
    expect(reduceTraining(NO_TRAINING, event, [])).toMatchObject({ state: "failed", failedNode: "B12", hint: "Less." });
  });
});

describe("a profile", () => {
  it("is folded from its events", () => {
    const events: JobEvent[] = [
      { type: "job", job: "profile-1" },
      { type: "profile_started", device: "cpu", device_name: "A processor", batch: 1, stages: ["latency", "memory"] },
      { type: "progress", stage: "latency", done: 1, total: 2 },
      { type: "node_measured", id: "B00", kind: "node", p50_ms: 1.5, p95_ms: 2 },
    ];
    const half = events.reduce(reduceProfiling, NO_PROFILING);
    expect(half).toMatchObject({ state: "running", job: "profile-1", stage: "latency", done: 1, total: 2 });
    expect(half.times.get("B00")).toEqual({ p50: 1.5, p95: 2 });
    const profile: JsonObject = {
      device_name: "A processor",
      nodes: [{ id: "B01", p50_ms: 3, p95_ms: 4 }],
      links: [{ id: "B00>B01", p50_ms: 1, p95_ms: 1 }],
    };
    const done = reduceProfiling(half, { type: "profile_finished", profile });
    expect(done.state).toBe("done");
    expect(done.profile).toEqual(profile);
    expect(done.times.get("B00>B01")).toEqual({ p50: 1, p95: 1 });
    expect(done.times.size).toBe(3);
    expect(reduceProfiling(half, { type: "profile_failed", reason: "stopped", message: "" }).state).toBe("stopped");
  });
});

const SETTINGS = { steps: 5, lr: 0.1, batch_size: 2, seed: 1, device: "auto" };

interface Started {
  tell: EventCallback;
  fail(error: Error): void;
}

/** An editor that trains on a kernel whose last job of each kind can be made to speak and to fail. */
async function running() {
  const asked: [string, JsonObject][] = [];
  const jobs: { train?: Started; profile?: Started } = {};
  const plain = answering();
  const host = hostOf({
    status: { kernel: "ready" },
    answer: (op, payload, onEvent) => {
      asked.push([op, payload]);
      if (op !== "train" && op !== "profile") return plain(op, payload, onEvent);
      return new Promise((_, fail) => {
        jobs[op] = { tell: onEvent, fail };
      });
    },
  });
  const editor = new Editor(host);
  await settled();
  void editor.jobs.train(SETTINGS);
  return { asked, host, editor, jobs };
}

describe("jobs", () => {
  it("carry the revision, are steered by name, and their failure is a state", async () => {
    const asked: [string, JsonObject][] = [];
    const plain = answering();
    let tell: EventCallback = () => {};
    let fail: (error: Error) => void = () => {};
    const host = hostOf({
      status: { kernel: "ready" },
      answer: (op, payload, onEvent) => {
        asked.push([op, payload]);
        if (op !== "train") return plain(op, payload, onEvent);
        tell = onEvent;
        return new Promise((_, reject) => {
          fail = reject;
        });
      },
    });
    const editor = new Editor(host);
    await settled();
    expect(editor.jobs.tasks?.[0]?.name).toBe("t");
    void editor.jobs.train({ task: "t", steps: 5, lr: 0.1, batch_size: 2, seed: 1, device: "auto" });
    expect(editor.state.training.state).toBe("warming");
    expect(asked.at(-1)?.[1]).toMatchObject({ task: "t", steps: 5, rev: editor.state.rev });
    tell({ type: "job", job: "train-7" }, []);
    tell({ type: "started", steps: 5 }, []);
    await editor.jobs.control("train", "lr", { value: 0.01 });
    expect(asked.at(-1)).toEqual(["control", { job: "train-7", action: "lr", value: 0.01 }]);
    fail(new RequestError("It ended.", "Try again."));
    await settled();
    expect(editor.state.training).toMatchObject({ state: "failed", message: "It ended.", hint: "Try again." });
    editor.dispose();
  });

  it("are lost with the kernel; the document is not", async () => {
    const plain = answering();
    const host = hostOf({
      status: { kernel: "ready" },
      answer: (op, payload, onEvent) => {
        if (op !== "train") return plain(op, payload, onEvent);
        onEvent({ type: "job", job: "train-1" }, []);
        return new Promise(() => {});
      },
    });
    const editor = new Editor(host);
    await settled();
    const before = editor.spec;
    void editor.jobs.train({ steps: 5, lr: 0.1, batch_size: 2, seed: 1, device: "auto" });
    host.setStatus({ kernel: "dead" });
    expect(editor.state.training.state).toBe("lost");
    expect(editor.state.training.message).not.toBe("");
    expect(editor.spec).toBe(before);
    await host.reconnect();
    expect(host.status.kernel).toBe("ready");
    editor.dispose();
  });

  it("are steered each by its own panel, and never run beside one another", async () => {
    const { asked, editor, jobs } = await running();
    jobs.train?.tell({ type: "job", job: "train-1" }, []);
    jobs.train?.tell({ type: "started", steps: 5 }, []);
    await editor.jobs.profile("auto", 1);
    expect(jobs.profile).toBeUndefined();
    jobs.train?.tell({ type: "finished", steps: 5 }, []);
    void editor.jobs.profile("auto", 1);
    await editor.jobs.control("profile", "stop");
    expect(asked.at(-1)?.[0]).toBe("profile"); // its name is not known yet, and the training is not meant
    jobs.profile?.tell({ type: "job", job: "profile-2" }, []);
    await editor.jobs.control("profile", "stop");
    expect(asked.at(-1)).toEqual(["control", { job: "profile-2", action: "stop" }]);
    await editor.jobs.control("train", "save_weights", { path: "w" });
    expect(asked.at(-1)).toEqual(["control", { job: "train-1", action: "save_weights", path: "w" }]);
    const before = asked.length;
    await editor.jobs.train(SETTINGS);
    expect(asked).toHaveLength(before);
    editor.dispose();
  });

  it("fail for themselves: an earlier one that was lost hides nothing", async () => {
    const { host, editor, jobs } = await running();
    const first = jobs.train;
    host.setStatus({ kernel: "dead" });
    await host.reconnect();
    void editor.jobs.profile("auto", 1);
    jobs.profile?.fail(new RequestError("No room.", "Take less."));
    await settled();
    expect(editor.state.profiling).toMatchObject({ state: "failed", message: "No room.", hint: "Take less." });
    expect(editor.state.training.state).toBe("lost");
    void editor.jobs.train(SETTINGS);
    first?.fail(new Error("The kernel went."));
    first?.tell({ type: "finished", steps: 1 }, []);
    await settled();
    expect(editor.state.training.state).toBe("warming");
    jobs.train?.fail(new RequestError("Refused."));
    await settled();
    expect(editor.state.training).toMatchObject({ state: "failed", message: "Refused." });
    editor.dispose();
  });

  it("of a reloaded page are found again by the name of the document", async () => {
    const plain = answering(({ spec }) => {
      const digest = (spec as JsonObject).name === SPEC.name ? "d1" : "d2";
      return { ...GOOD, digest } as CheckReply;
    });
    const host = hostOf({
      status: { kernel: "ready" },
      answer: (op, payload, onEvent) => {
        if (op === "jobs")
          return payload.document === "doc" ? [{ job: "train-3", kind: "train", rev: 2, state: "running" }] : [];
        if (op !== "attach") return plain(op, payload, onEvent);
        onEvent({ type: "job", job: payload.job as string, digest: "d1" }, []);
        onEvent({ type: "started", steps: 9 }, []);
        return new Promise(() => {});
      },
    });
    Object.assign(host.document, { id: "doc" });
    const editor = new Editor(host);
    await settled();
    expect(editor.state.training).toMatchObject({ state: "running", job: "train-3", steps: 9, digest: "d1" });
    expect(isCurrent(editor.state, editor.state.training)).toBe(true);
    editor.apply("rename", (spec) => ({ ...spec, name: "other" }));
    expect(isCurrent(editor.state, editor.state.training)).toBe(false);
    await settled();
    expect(isCurrent(editor.state, editor.state.training)).toBe(false);
    editor.undo();
    await settled();
    expect(isCurrent(editor.state, editor.state.training)).toBe(true);
    host.setStatus({ kernel: "dead" });
    expect(editor.state.training.state).toBe("lost");
    await host.reconnect();
    await settled();
    expect(editor.state.training.state).toBe("running");
    editor.dispose();
  });
});

describe("pictures of features", () => {
  it("put every map where the atlas says, coloured by the table", () => {
    const features = reduceTraining(NO_TRAINING, CAPTURED, [view(0, 255, 3, 4), view(1, 2)]).features;
    const atlas = atlasOf(features);
    expect([atlas.width, atlas.height]).toEqual([4, 3]);
    const pixel = (x: number, y: number) => [
      ...atlas.pixels.slice((y * atlas.width + x) * 4, (y * atlas.width + x) * 4 + 4),
    ];
    expect(pixel(0, 0)).toEqual([...LUT.slice(0, 4)]);
    expect(pixel(1, 0)).toEqual([...LUT.slice(255 * 4)]);
    expect(pixel(2, 0)).toEqual([...LUT.slice(12, 16)]);
    expect(atlas.places.get("b")?.[0]).toEqual({ x: 0, y: 1, width: 1, height: 2 });
  });

  it("brighten from first to last", () => {
    const lightness = (i: number) =>
      0.3 * (LUT[i * 4] ?? 0) + 0.6 * (LUT[i * 4 + 1] ?? 0) + 0.1 * (LUT[i * 4 + 2] ?? 0);
    for (let i = 1; i < 256; i++) expect(lightness(i)).toBeGreaterThanOrEqual(lightness(i - 1));
  });

  it.each([1, 2, 3, 5, 8])("%i tiles stay inside the area and apart", (count) => {
    const area = { x: 8, y: 20, width: 112, height: 48 };
    const all = tiles(count, 16, 8, area);
    expect(all).toHaveLength(count);
    for (const [i, a] of all.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(area.x - 1e-6);
      expect(a.x + a.width).toBeLessThanOrEqual(area.x + area.width + 1e-6);
      expect(a.y + a.height).toBeLessThanOrEqual(area.y + area.height + 1e-6);
      expect(a.width / a.height).toBeCloseTo(2);
      for (const b of all.slice(i + 1)) expect(a.x + a.width <= b.x || a.y + a.height <= b.y).toBe(true);
    }
  });
});

describe("curves", () => {
  const points = Array.from({ length: 1000 }, (_, i) => ({ step: i, value: Math.sin(i / 50) }));

  it("are thinned without losing their ends", () => {
    const few = sampled(points, 100);
    expect(few.length).toBeLessThanOrEqual(101);
    expect(few.at(-1)).toEqual(points.at(-1));
    expect(sampled(points.slice(0, 5), 100)).toEqual(points.slice(0, 5));
  });

  it("have round ticks inside their range", () => {
    expect(ticks(0, 1, 4)).toEqual([0, 0.5, 1]);
    expect(ticks(0, 200, 4)).toEqual([0, 50, 100, 150, 200]);
    expect(ticks(3, 3, 4)).toEqual([3]);
    expect(extent([])).toEqual([0, 1]);
    expect(extent([2, 2])).toEqual([1.5, 2.5]);
    expect(extent([0, 1, Number.NaN])[0]).toBe(0);
  });

  it("are smoothed from their first value on", () => {
    expect(
      smoothed(
        [
          { step: 0, value: 1 },
          { step: 1, value: 0 },
        ],
        0.5,
      ).map((p) => p.value),
    ).toEqual([1, 0.5]);
  });
});
