import { afterEach, describe, expect, it, vi } from "vitest";
import { axisOf, COMMANDS, command, handleOf } from "../../src/core/commands.js";
import { Editor } from "../../src/core/editor.js";
import type { Content } from "../../src/core/host.js";
import type { MemoryHost } from "../../src/core/memory-host.js";
import { setBlockText, setValue } from "../../src/core/model/edits.js";
import { getAt } from "../../src/core/model/json.js";
import type { CheckReply, Json } from "../../src/core/model/spec.js";
import { answering, BAD, GOOD, hostOf, SPEC, settled, UNREADABLE } from "./helpers.js";

let editor: Editor;

async function open(host: MemoryHost): Promise<Editor> {
  editor = new Editor(host);
  await settled();
  return editor;
}

afterEach(() => editor?.dispose());

const name = (text: string) => (spec: typeof SPEC) => setValue(spec, ["name"], text);

describe("editing", () => {
  it("checks what is opened and draws the answer", async () => {
    await open(hostOf());
    expect(editor.state.picture?.graph.nodes.length).toBe(GOOD.graph?.nodes.length);
    expect(editor.state.picture?.rev).toBe(editor.state.rev);
    expect(editor.state.catalog?.cells.size).toBeGreaterThan(0);
  });

  it("is one undo step per change, and none where nothing changes", async () => {
    const host = hostOf();
    await open(host);
    expect(editor.apply("rename", name("a"))).toBe(true);
    expect(editor.apply("rename", name("a"))).toBe(false);
    expect(editor.apply("rename", name("b"))).toBe(true);
    expect(host.changes.map((c) => c.label)).toEqual(["rename", "rename"]);
    editor.undo();
    expect(editor.spec?.name).toBe("a");
    editor.undo();
    expect(editor.spec).toEqual(SPEC);
    expect(editor.canUndo).toBe(false);
    editor.redo();
    editor.redo();
    expect(editor.spec?.name).toBe("b");
    expect(editor.canRedo).toBe(false);
  });

  it("makes one step of the letters of one visit to a field", async () => {
    await open(hostOf());
    for (const text of ["x", "xy", "xyz"]) editor.apply("type", name(text), "name#1");
    editor.undo();
    expect(editor.spec).toEqual(SPEC);
  });

  it("counts an edit once", async () => {
    const asked: string[] = [];
    const plain = answering();
    const host = hostOf({
      answer: (op, payload, onEvent) => {
        asked.push(op);
        return plain(op, payload, onEvent);
      },
    });
    await open(host);
    expect(asked.filter((op) => op === "check")).toHaveLength(1);
    editor.apply("rename", name("a"));
    await settled();
    editor.undo();
    await settled();
    expect(editor.state.rev).toBe(3);
    expect(asked.filter((op) => op === "check")).toHaveLength(3);
  });

  it("forgets half-typed values with the document that they were typed over", async () => {
    const host = hostOf();
    await open(host);
    const draft = { text: "abc", message: "Write a number.", label: "Size" };
    const type = () => {
      editor.apply("rename", name(`n${editor.state.rev}`));
      editor.setDraft("$.input.size", draft);
      editor.apply("rename", name(`n${editor.state.rev}`));
      expect(editor.state.drafts.get("$.input.size")).toBe(draft);
    };
    type();
    editor.undo();
    expect(editor.state.drafts.size).toBe(0);
    type();
    host.write({ kind: "spec", spec: { ...SPEC, name: "elsewhere" } });
    expect(editor.state.drafts.size).toBe(0);
    type();
    editor.replace({ kind: "spec", spec: SPEC }, { label: "From a template" });
    expect(editor.state.drafts.size).toBe(0);
  });

  it("takes over changes made elsewhere, and can undo them", async () => {
    const host = hostOf();
    await open(host);
    const rev = editor.state.rev;
    host.write({ kind: "spec", spec: { ...SPEC, name: "elsewhere" } });
    expect(editor.spec?.name).toBe("elsewhere");
    expect(editor.state.rev).toBe(rev + 1);
    editor.undo();
    expect(host.document.get()).toEqual({ kind: "spec", spec: SPEC });
  });

  it("does not take an echo of its own change for a new one", async () => {
    const host = hostOf();
    await open(host);
    editor.apply("rename", name("a"));
    const rev = editor.state.rev;
    host.write(JSON.parse(JSON.stringify(host.document.get())) as Content);
    expect(editor.state.rev).toBe(rev);
    editor.undo();
    expect(editor.spec).toEqual(SPEC);
  });

  it("leaves undo to a host that brings its own history", async () => {
    const host = hostOf();
    const own = { canUndo: true, canRedo: false, undo: vi.fn(), redo: vi.fn() };
    Object.assign(host.document, { history: own });
    await open(host);
    editor.apply("rename", name("a"), "g");
    expect(host.changes).toEqual([{ label: "rename", gesture: "g" }]);
    expect([editor.canUndo, editor.canRedo]).toEqual([true, false]);
    editor.undo();
    expect(own.undo).toHaveBeenCalledOnce();
  });

  it("changes nothing in a document that is read only", async () => {
    const host = hostOf();
    Object.assign(host.document, { readOnly: true });
    await open(host);
    expect(editor.apply("rename", name("a"))).toBe(false);
    expect(host.changes).toEqual([]);
  });
});

describe("answers", () => {
  it("are asked for one at a time; what was typed meanwhile is asked once, and the late one is dropped", async () => {
    const asked: { rev: number; answer: (reply: CheckReply) => void }[] = [];
    const plain = answering();
    const host = hostOf({
      answer: (op, payload, onEvent) =>
        op === "check"
          ? new Promise((answer) => asked.push({ rev: payload.rev as number, answer: answer as never }))
          : plain(op, payload, onEvent),
    });
    await open(host);
    for (let i = 0; i < 20; i++) editor.apply("n", name(`n${i}`));
    await settled();
    expect(asked.map(({ rev }) => rev)).toEqual([1]);
    asked[0]?.answer({ ...BAD, rev: 1 });
    await settled();
    expect(editor.state.picture).toBeNull();
    expect(editor.state.rev).toBe(21);
    expect(asked.map(({ rev }) => rev)).toEqual([1, 21]);
    asked[1]?.answer({ ...GOOD, rev: 21 });
    await settled();
    expect(editor.state.picture?.rev).toBe(21);
    expect(editor.state.diagnostics).toEqual(GOOD.diagnostics);
  });

  it("of somebody who went away are not waited for", async () => {
    const asked: number[] = [];
    const plain = answering();
    const host = hostOf({
      answer: (op, payload, onEvent) => {
        if (op !== "check") return plain(op, payload, onEvent);
        asked.push(payload.rev as number);
        return new Promise(() => {});
      },
    });
    await open(host);
    editor.apply("n", name("n"));
    host.setStatus({ check: "absent" });
    host.setStatus({ check: "ready" });
    await settled();
    expect(asked).toEqual([1, 2]);
  });

  it("that never come let editing go on, with the numbers as of an older revision", async () => {
    const host = hostOf();
    await open(host);
    host.setStatus({ check: "absent" });
    editor.apply("text", (spec) => setBlockText(spec, "B11", "L1", undefined));
    expect(editor.textOf("B11")).toBe("L1");
    expect(editor.state.picture?.rev).toBeLessThan(editor.state.rev);
    host.setStatus({ check: "ready" });
    await settled();
    expect(editor.state.picture?.rev).toBe(editor.state.rev);
  });

  it("with an unreadable document keep the picture once there was one", async () => {
    let reply = GOOD;
    await open(hostOf({ answer: answering(() => reply) }));
    reply = UNREADABLE;
    editor.apply("spoil", (spec) => setValue(spec, ["colour"], 1));
    await settled();
    expect(editor.state.unreadable).toBe(false);
    expect(editor.state.picture).not.toBeNull();
    expect(editor.state.diagnostics).toEqual(UNREADABLE.diagnostics);
  });

  it("with a document that never could be read ask for the repair view", async () => {
    await open(hostOf({ answer: answering(() => UNREADABLE) }));
    expect(editor.state.unreadable).toBe(true);
  });

  it("tell what the last change did to the totals", async () => {
    let params = 1000;
    const reply = () => ({ ...GOOD, estimate: { ...(GOOD.estimate as object), params } }) as CheckReply;
    await open(hostOf({ answer: answering(reply) }));
    expect(editor.state.delta).toBeNull();
    params = 1500;
    editor.apply("more", name("a"), "g");
    await settled();
    expect(editor.state.delta?.params).toBe(500);
    params = 1700;
    editor.apply("more", name("b"), "g");
    await settled();
    expect(editor.state.delta?.params).toBe(700);
    params = 1600;
    editor.apply("less", name("c"));
    await settled();
    expect(editor.state.delta?.params).toBe(-100);
  });

  it("keep objects that did not change, so that nothing else is drawn again", async () => {
    await open(hostOf({ answer: answering(() => JSON.parse(JSON.stringify(GOOD)) as CheckReply) }));
    const before = editor.state.picture?.graph.nodes;
    editor.apply("rename", name("a"));
    await settled();
    expect(editor.state.picture?.graph.nodes.every((node, i) => node === before?.[i])).toBe(true);
  });

  it("are kept and shown at once when nobody answers later", async () => {
    const kept: unknown[] = [];
    const first = hostOf();
    Object.assign(first, { cache: { get: () => null, set: (value: unknown) => kept.push(value) } });
    await open(first);
    expect(kept).not.toHaveLength(0);
    editor.dispose();
    const later = hostOf({ status: { check: "absent" } });
    Object.assign(later, { cache: { get: () => kept.at(-1), set: () => {} } });
    editor = new Editor(later);
    expect(editor.state.picture?.graph.nodes.length).toBe(GOOD.graph?.nodes.length);
    expect(editor.state.catalog).not.toBeNull();
  });

  it("that fail are told, not thrown", async () => {
    const plain = answering();
    await open(
      hostOf({
        answer: (op, payload, onEvent) => {
          if (op === "check") throw new Error("It broke.");
          return plain(op, payload, onEvent);
        },
      }),
    );
    expect(editor.state.notice?.message).toBe("It broke.");
    expect(editor.apply("rename", name("a"))).toBe(true);
  });
});

describe("commands", () => {
  it("have one id each, a label, and no key twice in one place", () => {
    expect(new Set(COMMANDS.map((c) => c.id)).size).toBe(COMMANDS.length);
    const keys = COMMANDS.flatMap((c) => c.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain("Mod+S");
  });

  it("add and remove levels within their limits", async () => {
    await open(hostOf());
    const axis = axisOf(editor, "level");
    expect(axis?.value).toBe(GOOD.growth?.level?.value);
    command("add-level").run(editor);
    expect(getAt(editor.spec as Json, ["layout", axis?.field ?? ""])).toBe((axis?.value ?? 0) + 1);
    command("remove-level").run(editor);
    expect(editor.spec).toEqual(SPEC);
    editor.apply("least", (spec) => setValue(spec, ["layout", axis?.field ?? ""], 1));
    expect(command("remove-level").when(editor)).toBe(false);
    editor.apply("most", (spec) => setValue(spec, ["layout", axis?.field ?? ""], axis?.max ?? 0));
    expect(command("add-level").when(editor)).toBe(false);
  });

  it("grow a list by its last entry", async () => {
    await open(hostOf());
    const field = axisOf(editor, "level")?.field ?? "";
    editor.apply("list", (spec) => setValue(spec, ["layout", field], [[1], [2, 3]]));
    expect(axisOf(editor, "level")).toMatchObject({ listed: true, value: 2 });
    command("add-level").run(editor);
    expect(getAt(editor.spec as Json, ["layout", field])).toEqual([[1], [2, 3], [2, 3]]);
    command("remove-level").run(editor);
    command("remove-level").run(editor);
    expect(getAt(editor.spec as Json, ["layout", field])).toEqual([[1]]);
    expect(command("remove-level").when(editor)).toBe(false);
  });

  it("add levels before anybody has answered", async () => {
    const host = hostOf({ answer: answering(() => ({ ...GOOD, growth: { level: null, stage: null } })) });
    await open(host);
    expect(axisOf(editor, "level")?.value).toBe(3);
  });

  it("reset blocks and links, and switch links", async () => {
    await open(hostOf());
    editor.select({ kind: "nodes", ids: ["B11"] });
    expect(command("reset").when(editor)).toBe(false);
    editor.select({ kind: "nodes", ids: ["B11", "B12"] });
    command("reset").run(editor);
    expect(editor.spec?.blocks).toBeUndefined();
    const link = GOOD.graph?.links[3]?.id ?? "";
    editor.select({ kind: "link", id: link });
    command("toggle-link").run(editor);
    expect(editor.spec?.links).toEqual({ [link]: { off: true } });
    command("toggle-link").run(editor);
    expect(editor.spec?.links).toBeUndefined();
  });

  it("reach a shell through the handle", async () => {
    await open(hostOf());
    const handle = handleOf(editor, () => {});
    expect(handle.commands.map((c) => c.id)).toEqual(COMMANDS.map((c) => c.id));
    expect(handle.isEnabled("undo")).toBe(false);
    handle.run("add-level");
    expect(handle.isEnabled("undo")).toBe(true);
    handle.run("undo");
    handle.run("no such command");
    expect(editor.spec).toEqual(SPEC);
  });

  it("select what a problem is about", async () => {
    await open(hostOf({ answer: answering(() => BAD) }));
    const [problem] = BAD.diagnostics;
    if (problem) editor.jump(problem);
    expect(editor.state.selection).toEqual({ kind: "nodes", ids: ["B12"] });
  });

  it("let go of what is gone", async () => {
    let reply = GOOD;
    await open(hostOf({ answer: answering(() => reply) }));
    editor.select({ kind: "nodes", ids: ["B12", "B22"] });
    const graph = GOOD.graph as NonNullable<CheckReply["graph"]>;
    reply = { ...GOOD, graph: { ...graph, nodes: graph.nodes.filter((n) => n.id !== "B22"), links: [] } };
    editor.apply("fewer", name("a"));
    await settled();
    expect(editor.state.selection).toEqual({ kind: "nodes", ids: ["B12"] });
  });
});

describe("the picture of a code", () => {
  const drawing = (draw: () => string): MemoryHost => {
    const plain = answering();
    return hostOf({ answer: (op, payload, on) => (op === "picture" ? { svg: draw() } : plain(op, payload, on)) });
  };

  it("is asked for again where it could not be drawn", async () => {
    let fails = true;
    const draw = vi.fn(() => {
      if (fails) throw new Error("nobody is here");
      return "<svg/>";
    });
    await open(drawing(draw));
    expect(await editor.pictureOf("L1")).toBe("");
    fails = false;
    expect(await editor.pictureOf("L1")).toBe("<svg/>");
    expect(await editor.pictureOf("L1")).toBe("<svg/>");
    expect(draw).toHaveBeenCalledTimes(2);
  });

  it("is drawn anew for another catalog", async () => {
    let svg = "<svg/>";
    const host = drawing(() => svg);
    await open(host);
    expect(await editor.pictureOf("L1")).toBe("<svg/>");
    svg = "<svg>another</svg>";
    host.renewCatalog();
    await settled();
    expect(await editor.pictureOf("L1")).toBe(svg);
  });
});
