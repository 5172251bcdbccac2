import { ServerConnection } from "@jupyterlab/services";
import { afterEach, expect, test, vi } from "vitest";

import { RequestError } from "../../src/core/host.js";
import { AbsentError, askServer, isServerOperation } from "../../src/lab/server.js";

vi.mock("@jupyterlab/services", () => ({ ServerConnection: { makeRequest: vi.fn() } }));

const request = vi.mocked(ServerConnection.makeRequest);
const settings = { baseUrl: "http://127.0.0.1/" } as ServerConnection.ISettings;
const ask = () => askServer(settings, "picture", { code: "A" }).catch((error: unknown) => error);

function answers(status: number, body: unknown): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  request.mockResolvedValue(new Response(text, { status }));
}

afterEach(() => request.mockReset());

test("a code's picture needs no kernel, a training does", () => {
  expect(isServerOperation("picture")).toBe(true);
  expect(isServerOperation("train")).toBe(false);
});

test("a reply is its value", async () => {
  answers(200, { type: "reply", id: 0, value: { svg: "<svg/>" } });
  expect(await ask()).toEqual({ svg: "<svg/>" });
});

test.each([400, 404])("an error that archlab tells with status %d is no absence", async (status) => {
  answers(status, { type: "error", id: 0, message: "No such operation.", hint: "Restart the server." });
  const error = await ask();
  expect(error).toBeInstanceOf(RequestError);
  expect(error).not.toBeInstanceOf(AbsentError);
  expect(error).toMatchObject({ message: "No such operation.", hint: "Restart the server." });
});

test.each([
  ["a page of somebody else", 404, "<html>404</html>"],
  ["somebody else's JSON", 404, { message: "Not found" }],
  ["a proxy", 502, "Bad gateway"],
  ["a log-in page", 403, "Forbidden"],
])("%s instead of archlab is absence", async (_, status, body) => {
  answers(status, body);
  expect(await ask()).toBeInstanceOf(AbsentError);
});

test("no answer at all is absence", async () => {
  request.mockRejectedValue(new TypeError("network"));
  expect(await ask()).toBeInstanceOf(AbsentError);
});
