// The editor on a page of its own: MemoryHost in the browser, answers from `serve.py`.
// ?template=NAME, ?spec=JSON, ?text=ANYTHING or ?grid=20x20 say what is opened; ?theme=dark, ?kernel=none.
import { type Content, type EventCallback, type JobEvent, MemoryHost, mount, RequestError } from "../src/core/index.js";
import type { CheckReply, Json, JsonObject, Template } from "../src/core/model/spec.js";

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

/** A made-up lattice for looking at large documents: `?grid=20x20`. */
function grid(levels: number, stages: number): CheckReply {
  const nodes: JsonObject[] = [];
  const links: JsonObject[] = [];
  for (let stage = 0; stage < stages; stage++) {
    for (let level = 0; level < levels; level++) {
      const id = `B${level}_${stage}`;
      const shape = [8 << Math.min(level, 6), 64, 64];
      const base = { kind: "block", merge: "sum", channels: 8, text: "AaBb", dense: false, overridden: false };
      nodes.push({ ...base, id, level, stage, inputs: [], path: `$.blocks.${id}`, shape, cells: [] });
      for (let from = Math.max(0, level - 2); stage > 0 && from < Math.min(levels, level + 3); from++) {
        const source = `B${from}_${stage - 1}`;
        const way = { steps: level - from, off: false, derived: true, query: "", values: {}, shape };
        links.push({ ...way, id: `${source}>${id}`, source, target: id, kind: "link", path: "$" });
      }
    }
  }
  const rows = nodes.map((n, i) => ({ ...n, params: i * 1000, macs: i * 5000, flops: 0, elementwise: 0, output_bytes: 0, activation_bytes: i }));
  const totals = { params: 1e6, macs: 1e9, flops: 2e9, activation_bytes: 1e7, outputs: [], diagnostics: [], not_counted: [] };
  const graph = { levels, stages, strides: [], by_column: false, outputs: [], nodes, links };
  const growth = { level: null, stage: null };
  const reply = { rev: 0, spec_ok: true, graph, estimate: { ...totals, nodes: rows, links: [] }, diagnostics: [], growth };
  return reply as unknown as CheckReply;
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
  const given = query.get("spec");
  if (given) content = { kind: "spec", spec: JSON.parse(given) as JsonObject };
  const size = query.get("grid")?.split("x").map(Number);
  const large = size ? grid(size[0] ?? 20, size[1] ?? 20) : null;
  if (large) content = { kind: "spec", spec: { format: "archlab/1", name: "large", layout: { type: "none" } } };
  const host = new MemoryHost({
    content,
    name: "my.arch.json",
    theme: query.get("theme") === "dark" ? "dark" : "light",
    status: { kernel: query.get("kernel") === "none" ? "none" : "ready" },
    abilities: { saveWeights: true, exports: [{ format: "json", label: "JSON" }] },
    answer: (op, payload, onEvent) =>
      large && op === "check" ? { ...structuredClone(large), rev: payload.rev } : stream(op, payload, onEvent),
  });
  const element = document.getElementById("editor");
  document.documentElement.style.background = host.theme === "dark" ? "#15181d" : "#fff";
  performance.mark("mount");
  if (element) mount(element, host);
  Object.assign(window, { host });
}

void start();
