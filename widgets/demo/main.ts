// The editor on a page of its own: MemoryHost in the browser, answers from `serve.py`.
// ?template=NAME opens a template, ?theme=dark, ?kernel=none, ?save=KEY keeps the document in this tab.
import { type Content, type EventCallback, type JobEvent, MemoryHost, mount, RequestError } from "../src/core/index.js";
import type { Json, JsonObject, Template } from "../src/core/model/spec.js";

const query = new URLSearchParams(location.search);

async function post(op: string, payload: JsonObject): Promise<Response> {
  const answer = await fetch(`api/${op}`, { method: "POST", body: JSON.stringify(payload) });
  if (!answer.ok) throw new RequestError(`The server said ${answer.status}.`);
  return answer;
}

/** One message a line; binary parts as base64 beside it. */
async function stream(op: string, payload: JsonObject, onEvent: EventCallback): Promise<Json> {
  const reader = (await post(op, payload)).body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let last: Json = null;
  for (;;) {
    const chunk = await reader?.read();
    if (!chunk || chunk.done) return last;
    const lines = (rest + chunk.value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { message, buffers } = JSON.parse(line) as { message: JsonObject; buffers: string[] };
      if (message.type === "error") throw new RequestError(String(message.message), String(message.hint ?? ""));
      if (message.type === "reply") return message.value as Json;
      if (message.type === "done") last = message.last as Json;
      const views = buffers.map((b) => new DataView(Uint8Array.from(atob(b), (c) => c.charCodeAt(0)).buffer));
      for (const event of (message.events ?? []) as JsonObject[]) onEvent(event as JobEvent, views);
    }
  }
}

async function start(): Promise<void> {
  let content: Content = { kind: "empty" };
  const wanted = query.get("template");
  const text = query.get("text");
  if (text !== null) content = { kind: "text", text };
  if (wanted) {
    const templates = (await stream("templates", {}, () => {})) as unknown as Template[];
    const found = templates.find((one) => one.name === wanted);
    if (found) content = { kind: "spec", spec: found.spec };
  }
  const given = sessionStorage.getItem("archlab-demo");
  if (given) content = JSON.parse(given) as Content;
  const host = new MemoryHost({
    content,
    name: "my.arch.json",
    theme: query.get("theme") === "dark" ? "dark" : "light",
    status: { kernel: query.get("kernel") === "none" ? "none" : "ready" },
    abilities: { saveWeights: true, exports: [{ format: "json", label: "JSON" }] },
    answer: stream,
  });
  const element = document.getElementById("editor");
  document.documentElement.style.background = host.theme === "dark" ? "#15181d" : "#fff";
  if (element) mount(element, host);
  Object.assign(window, { host });
}

void start();
