import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { JsonObject } from "../../src/core/model/spec.js";
import { WidgetHost } from "../../src/notebook/host.js";

/** A widget's model as anywidget hands it out, with nobody at the other end but the test. */
class Model {
  readonly sent: JsonObject[] = [];
  saved = 0;
  private readonly listeners: [string, (...args: never[]) => void][] = [];

  constructor(private readonly state: { [name: string]: unknown }) {}

  get(name: string): unknown {
    return this.state[name];
  }

  set(name: string, value: unknown): void {
    this.state[name] = value;
    this.emit(`change:${name}`);
  }

  save_changes(): void {
    this.saved += 1;
  }

  send(content: JsonObject): void {
    this.sent.push(content);
  }

  on(name: string, callback: (...args: never[]) => void): void {
    this.listeners.push([name, callback]);
  }

  off(name: string, callback: (...args: never[]) => void): void {
    const at = this.listeners.findIndex((one) => one[0] === name && one[1] === callback);
    if (at >= 0) this.listeners.splice(at, 1);
  }

  emit(name: string, ...args: unknown[]): void {
    for (const [on, callback] of [...this.listeners]) if (on === name) callback(...(args as never[]));
  }

  answer(op: string, value: unknown): void {
    const asked = this.sent.find((message) => message.op === op);
    this.emit("msg:custom", { id: asked?.id, type: "reply", value }, []);
  }
}

const TEXT = '{"format": "archlab/1", "name": "n"}';
let model: Model;
let host: WidgetHost;

function open(text = TEXT): void {
  model = new Model({ text, title: "my.arch.json", answer: {} });
  host = new WidgetHost(model as never);
}

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  open();
});

afterEach(() => {
  host.dispose();
  vi.useRealTimers();
});

test("the document is the trait, and nothing is written on opening", () => {
  expect(host.document.get()).toEqual({ kind: "spec", spec: { format: "archlab/1", name: "n" } });
  expect(host.document.name).toBe("my.arch.json");
  expect(model.saved).toBe(0);
});

test("edits go to Python, edits of Python come here", () => {
  host.document.set({ kind: "spec", spec: { format: "archlab/1", name: "mine" } });
  expect(JSON.parse(model.get("text") as string).name).toBe("mine");
  expect(model.saved).toBe(1);
  const told = vi.fn();
  host.document.onChange(told);
  model.set("text", "broken");
  expect(told).toHaveBeenCalledTimes(1);
  expect(host.document.get()).toEqual({ kind: "text", text: "broken" });
});

test("a kernel that answers is ready; one that is silent is busy or gone", async () => {
  const states: string[] = [];
  host.on("status", (status) => states.push(status.check));
  model.answer("jobs", []);
  expect(host.status).toMatchObject({ check: "ready", kernel: "stopped" });
  const asked = host.request("check", {});
  await vi.advanceTimersByTimeAsync(3000);
  expect(host.status.check).toBe("waiting");
  expect(host.status.message).toContain("busy");
  model.answer("check", { rev: 1 });
  expect(await asked).toEqual({ rev: 1 });
  expect(states).toEqual(["ready", "waiting", "ready"]);
});

test("jobs of a page that was reloaded make the kernel known", async () => {
  model.answer("jobs", [{ job: "train-1" }]);
  await vi.advanceTimersByTimeAsync(0);
  expect(host.status.kernel).toBe("ready");
});

test("a kernel that dies is told, its requests fail, and the text outlives the view", async () => {
  const training = host.request("train", {}, () => undefined).catch((error: Error) => error.message);
  expect(host.status.kernel).toBe("ready");
  host.document.set({ kind: "spec", spec: { format: "archlab/1", name: "unsaved" } });
  model.emit("comm_live_update");
  await vi.advanceTimersByTimeAsync(0);
  expect(host.status).toMatchObject({ check: "absent", kernel: "dead" });
  expect(await training).toContain("died or was restarted");
  host.dispose();

  open(); // the cell is run again: the file's text, then what was typed
  await vi.advanceTimersByTimeAsync(0);
  expect(host.document.get()).toMatchObject({ kind: "spec", spec: { name: "unsaved" } });
  host.dispose();
  open();
  await vi.advanceTimersByTimeAsync(0);
  expect(host.document.get()).toMatchObject({ kind: "spec", spec: { name: "n" } });
});

test("what was typed comes back to the editor that it was typed in", async () => {
  const other = TEXT.replace('"n"', '"other"');
  const name = () => (host.document.get() as { spec: JsonObject }).spec.name;
  const typeAndDie = (typed: string) => {
    host.document.set({ kind: "spec", spec: { format: "archlab/1", name: typed } });
    model.emit("comm_live_update");
    host.dispose();
  };
  typeAndDie("AAA");
  open(other);
  typeAndDie("BBB");
  open(); // both cells are run again
  await vi.advanceTimersByTimeAsync(0);
  expect(name()).toBe("AAA");
  host.dispose();
  open(other);
  await vi.advanceTimersByTimeAsync(0);
  expect(name()).toBe("BBB");
});

test("what was typed before its view was closed and shown again comes back too", async () => {
  host.document.set({ kind: "spec", spec: { format: "archlab/1", name: "typed" } });
  const text = model.get("text") as string;
  host.dispose(); // the notebook is closed and opened again; its kernel lives
  open(text);
  model.emit("comm_live_update");
  host.dispose();
  open(); // the cell is run again
  await vi.advanceTimersByTimeAsync(0);
  expect(host.document.get()).toMatchObject({ spec: { name: "typed" } });
});

test("a document that nobody changed does not come back over another one", async () => {
  model.emit("comm_live_update");
  host.dispose();
  open(TEXT.replace('"n"', '"new"'));
  await vi.advanceTimersByTimeAsync(0);
  expect(host.document.get()).toMatchObject({ spec: { name: "new" } });
});

test("the last answer is kept with the notebook, unless it is large", async () => {
  const answers = (size: number) => ({ catalog: {}, reply: { rev: 1, text: "x".repeat(size) } }) as never;
  host.cache.set(answers(10));
  expect(model.saved).toBe(0);
  await vi.advanceTimersByTimeAsync(1500);
  expect(model.saved).toBe(1);
  expect(host.cache.get()).toMatchObject({ reply: { rev: 1 } });
  host.cache.set(answers(300_000));
  await vi.advanceTimersByTimeAsync(1500);
  expect(host.cache.get()).toBeNull(); // none rather than that of an older document
});

test("a view that goes says goodbye to the jobs that it listened to", () => {
  void host.request("train", {}, () => undefined).catch(() => undefined);
  const id = model.sent.find((message) => message.op === "train")?.id;
  host.dispose();
  expect(model.sent.at(-1)).toMatchObject({ op: "detach", request: id });
});

test("the theme is the page's", () => {
  document.body.dataset.jpThemeLight = "false";
  expect(host.theme).toBe("dark");
  document.body.dataset.jpThemeLight = "true";
  expect(host.theme).toBe("light");
});
