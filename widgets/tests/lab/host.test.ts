import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { RequestError } from "../../src/core/host.js";
import { LabHost } from "../../src/lab/host.js";
import { AbsentError, askServer } from "../../src/lab/server.js";
import { FakeKernel } from "./fake-kernel.js";

vi.mock("../../src/lab/server.js", async (original) => ({
  ...(await original<typeof import("../../src/lab/server.js")>()),
  askServer: vi.fn(),
}));

vi.mock("../../src/lab/kernel.js", async () => ({ KernelLink: (await import("./fake-kernel.js")).FakeKernel }));
vi.mock("../../src/lab/document.js", () => ({
  LabDocument: class {
    dispose(): void {}
  },
}));

const server = vi.mocked(askServer);
let host: LabHost;

beforeEach(() => {
  vi.useFakeTimers();
  server.mockImplementation(async (_, op) => (op === "catalog" ? { codes: ["A"] } : `${op} by the server`));
  const translate = (text: string) => text;
  host = new LabHost({
    context: {} as never,
    settings: {} as never,
    themes: null,
    translate,
    connect: () => undefined,
  });
});

afterEach(() => {
  host.dispose();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

test("questions go to the server, and no kernel is started for them", async () => {
  expect(await host.request("check", { rev: 1 })).toBe("check by the server");
  expect(host.status).toMatchObject({ check: "ready", kernel: "stopped" });
  expect(FakeKernel.current().asked).toEqual([]);
});

test("jobs go to the kernel, filed under what outlives reloads and renames", async () => {
  await host.request("train", { document: "old/path.arch.json", steps: 3 });
  expect(FakeKernel.current().asked).toContainEqual(["train", { document: "session-1", steps: 3 }]);
});

test("a server that goes away is told, looked for, and found again", async () => {
  const states: string[] = [];
  host.on("status", (status) => states.push(status.check));
  server.mockRejectedValue(new AbsentError("Nobody there.", "Install it."));
  await expect(host.request("check")).rejects.toThrow("Nobody there.");
  expect(host.status).toMatchObject({ check: "absent", message: "Nobody there. Install it." });
  await vi.advanceTimersByTimeAsync(9000);
  expect(server.mock.calls.length).toBeGreaterThan(3);
  server.mockResolvedValue([]);
  await vi.advanceTimersByTimeAsync(3000);
  expect(states.at(-1)).toBe("ready");
});

test("a document that was closed looks for nobody", async () => {
  let fail: (error: Error) => void = () => undefined;
  server.mockImplementation(
    () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  );
  const asked = host.request("check").catch((error: unknown) => error);
  host.dispose();
  fail(new AbsentError("Nobody there."));
  await asked;
  server.mockClear();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(server).not.toHaveBeenCalled();
});

test("a refusal of the server is no absence", async () => {
  server.mockRejectedValue(new RequestError("No such format."));
  await expect(host.request("export")).rejects.toThrow("No such format.");
  expect(host.status.check).toBe("ready");
});

test("while the server is away, a kernel that is there answers", async () => {
  await FakeKernel.current().connect();
  server.mockRejectedValue(new AbsentError("Nobody there."));
  await host.request("check").catch(() => undefined);
  expect(host.status.check).toBe("ready");
  expect(await host.request("check")).toBe("check by the kernel");
});

test("a kernel that knows other parts answers from then on, and the editor is told", async () => {
  const told = vi.fn();
  host.on("catalog", told);
  await host.request("catalog");
  await FakeKernel.current().connect();
  await settle();
  expect(told).not.toHaveBeenCalled();
  expect(await host.request("check")).toBe("check by the server");
  FakeKernel.current().catalog = { codes: ["A", "B"] };
  FakeKernel.current().catalogChanged.emit();
  await settle();
  expect(told).toHaveBeenCalledTimes(1);
  expect(await host.request("check")).toBe("check by the kernel");
  FakeKernel.current().become("dead");
  expect(told).toHaveBeenCalledTimes(2);
  expect(await host.request("check")).toBe("check by the server");
});

test("catalogs are compared also when the server answers after the kernel", async () => {
  FakeKernel.current().catalog = { codes: ["A", "B"] };
  await FakeKernel.current().connect();
  await settle();
  await host.request("catalog");
  await settle();
  expect(await host.request("check")).toBe("check by the kernel");
});
