import { beforeEach, expect, test, vi } from "vitest";

import { RequestError } from "../../src/core/host.js";
import type { JsonObject } from "../../src/core/model/spec.js";
import { Wire } from "../../src/shell/wire.js";

let sent: JsonObject[];
let controlled: JsonObject[];
let catalogs: number;
let wire: Wire;

beforeEach(() => {
  sent = [];
  controlled = [];
  catalogs = 0;
  vi.stubGlobal("requestAnimationFrame", (callback: () => void) => callback());
  wire = new Wire(
    (message) => sent.push(message),
    (message) => controlled.push(message),
    () => {
      catalogs += 1;
    },
  );
});

const id = (index = 0) => sent[index]?.id as string;

test("answers find their questions, in any order", async () => {
  const first = wire.request("check", { rev: 1 });
  const second = wire.request("check", { rev: 2 });
  expect(sent[0]).toMatchObject({ op: "check", rev: 1 });
  wire.receive({ id: id(1), type: "reply", value: "two" }, []);
  wire.receive({ id: id(0), type: "reply", value: "one" }, []);
  expect(await Promise.all([first, second])).toEqual(["one", "two"]);
  expect(wire.pending).toBe(0);
});

test("an error is rejected with its hint", async () => {
  const asked = wire.request("read");
  wire.receive({ id: id(), type: "error", message: "No.", hint: "Try again." }, []);
  const error = await asked.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(RequestError);
  expect(error).toMatchObject({ message: "No.", hint: "Try again." });
});

test("a frame gives its events one by one with its buffers, and is acknowledged over the control channel", async () => {
  const events: [unknown, number][] = [];
  const asked = wire.request("train", {}, (event, buffers) => events.push([event, buffers.length]));
  const frame = { id: id(), type: "frame", job: "train-1", number: 4, events: [{ type: "job" }, { type: "step" }] };
  wire.receive(frame, [new DataView(new ArrayBuffer(2))]);
  expect(events).toEqual([
    [{ type: "job" }, 1],
    [{ type: "step" }, 1],
  ]);
  expect(controlled).toMatchObject([{ op: "ack", job: "train-1", request: id(), number: 4 }]);
  wire.receive({ id: id(), type: "done", job: "train-1", last: { type: "stopped" } }, []);
  expect(await asked).toEqual({ type: "stopped" });
});

test("control goes over the control channel", () => {
  void wire.request("control", { job: "train-1", action: "stop" });
  expect(sent).toEqual([]);
  expect(controlled).toMatchObject([{ op: "control", action: "stop" }]);
});

test("answers to another view of the same widget are not taken", () => {
  const other = new Wire(
    (message) => sent.push(message),
    () => undefined,
    () => undefined,
  );
  void wire.request("check");
  void other.request("check");
  wire.receive({ id: id(1), type: "reply", value: 1 }, []);
  expect(wire.pending).toBe(1);
});

test("a channel that goes rejects everything that waits and everything that follows", async () => {
  const asked = wire.request("train");
  wire.close("The kernel died.");
  await expect(asked).rejects.toThrow("The kernel died.");
  await expect(wire.request("check")).rejects.toThrow("The kernel died.");
  expect(sent).toHaveLength(1);
});

test("a channel that throws is a rejection", async () => {
  const broken = new Wire(
    () => {
      throw new Error("Cannot send");
    },
    () => undefined,
    () => undefined,
  );
  await expect(broken.request("check")).rejects.toThrow("Cannot send");
  expect(broken.pending).toBe(0);
});

test("the other side may announce other parts", () => {
  wire.receive({ id: 0, type: "catalog" }, []);
  expect(catalogs).toBe(1);
});

test("a view that goes says so for its jobs only", () => {
  void wire.request("check").catch(() => undefined);
  void wire.request("train", {}, () => undefined).catch(() => undefined);
  wire.detach();
  expect(controlled).toMatchObject([{ op: "detach", request: id(1) }]);
});

test("what is no message is passed over", () => {
  for (const data of [null, 3, "text", undefined]) wire.receive(data, []);
  expect(wire.pending).toBe(0);
});
