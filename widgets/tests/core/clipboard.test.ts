import { describe, expect, it } from "vitest";
import { layLattice } from "../../src/core/geometry/lattice.js";
import { copyBlocks, pasteBlocks } from "../../src/core/model/clipboard.js";
import { getAt } from "../../src/core/model/json.js";
import { isBare, matches } from "../../src/core/model/keys.js";
import { extended, focusOf, NOTHING, neighbour, surviving, toggled } from "../../src/core/model/selection.js";
import type { Graph, GraphNode } from "../../src/core/model/spec.js";
import { GOOD, SPEC } from "./helpers.js";

const graph = GOOD.graph as Graph;
const node = (id: string) => graph.nodes.find((n) => n.id === id) as GraphNode;
const known = (word: string) => ["C2", "L1"].includes(word);

describe("the clipboard", () => {
  it("holds readable JSON with places relative to each other", () => {
    const text = copyBlocks(SPEC, graph, ["B11", "B12", "F0"]) ?? "";
    expect(JSON.parse(text).blocks).toEqual([
      { level: 0, stage: 0, block: "C2" },
      { level: 0, stage: 1, block: getAt(SPEC, ["blocks", "B12"]) },
    ]);
    expect(copyBlocks(SPEC, graph, ["F0", "input"])).toBeUndefined();
  });

  it("takes the cells of a block along of which the document says only other things", () => {
    const spec = { ...SPEC, blocks: { B11: { dense: true } } } as typeof SPEC;
    expect(JSON.parse(copyBlocks(spec, graph, ["B11"]) ?? "").blocks[0].block).toEqual({ dense: true, cells: "C2" });
  });

  it("pastes several blocks at an anchor, leaving out places that do not exist", () => {
    const text = copyBlocks(SPEC, graph, ["B11", "B12"]) ?? "";
    const pasted = pasteBlocks(SPEC, graph, node("B02"), ["B02"], text, known);
    expect(pasted?.ids).toEqual(["B02"]);
    const at = pasteBlocks(SPEC, graph, node("B01"), ["B01"], text, known);
    expect(at?.ids).toEqual(["B01", "B02"]);
    expect(getAt(at?.spec, ["blocks", "B02"])).toEqual(getAt(SPEC, ["blocks", "B12"]));
  });

  it("pastes one block, or a cell string, into every selected block", () => {
    const pasted = pasteBlocks(SPEC, graph, node("B01"), ["B00", "B01"], " L1C2\n", known);
    expect(pasted?.ids).toEqual(["B00", "B01"]);
    expect(getAt(pasted?.spec, ["blocks", "B00"])).toBe("L1C2");
  });

  it.each(["", "hello world", "{", '{"format":"other"}', '{"format":"archlab/blocks","blocks":[null,{"level":"x"}]}'])(
    "leaves %j alone",
    (text) => {
      expect(pasteBlocks(SPEC, graph, node("B01"), ["B01"], text, known)).toBeUndefined();
    },
  );
});

describe("the selection", () => {
  const lattice = layLattice(graph.nodes, graph.links);
  const place = (id: string) => lattice.nodes.get(id) as NonNullable<ReturnType<typeof lattice.nodes.get>>;

  it("moves along rows and columns", () => {
    const go = (id: string, way: Parameters<typeof neighbour>[2]) =>
      neighbour(lattice.nodes.values(), place(id), way)?.id;
    expect(go("B01", "right")).toBe("B02");
    expect(go("B01", "left")).toBe("B00");
    expect(go("B01", "down")).toBe("B11");
    expect(go("B12", "up")).toBe("B02");
    expect(go("B00", "down")).toBe("B11");
    expect(go("B00", "up")).toBeUndefined();
    expect(go("B22", "down")).toBeUndefined();
  });

  it("reaches every node by arrows from the first", () => {
    const reached = new Set(["input"]);
    const queue = ["input"];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      for (const way of ["left", "right", "up", "down"] as const) {
        const next = neighbour(lattice.nodes.values(), place(id), way)?.id;
        if (next && !reached.has(next)) {
          reached.add(next);
          queue.push(next);
        }
      }
    }
    expect(reached.size).toBe(graph.nodes.length);
  });

  it("grows and shrinks", () => {
    const two = toggled({ kind: "nodes", ids: ["a"] }, "b");
    expect(two).toEqual({ kind: "nodes", ids: ["a", "b"] });
    expect(toggled(two, "a")).toEqual({ kind: "nodes", ids: ["b"] });
    expect(toggled({ kind: "nodes", ids: ["a"] }, "a")).toEqual(NOTHING);
    expect(focusOf(extended(two, "a"))).toBe("a");
    expect(surviving({ kind: "link", id: "x" }, new Set(), new Set())).toEqual(NOTHING);
  });
});

describe("keys", () => {
  const stroke = (key: string, more = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  });

  it("match with their modifiers only", () => {
    expect(matches("Mod+Z", stroke("z", { ctrlKey: true }))).toBe(true);
    expect(matches("Mod+Z", stroke("Z", { metaKey: true, shiftKey: true }))).toBe(false);
    expect(matches("Mod+Shift+Z", stroke("Z", { ctrlKey: true, shiftKey: true }))).toBe(true);
    expect(matches("F", stroke("f"))).toBe(true);
    expect(matches("F", stroke("f", { ctrlKey: true }))).toBe(false);
    expect(matches("Space", stroke(" "))).toBe(true);
    expect(matches("Alt+ArrowUp", stroke("ArrowUp", { altKey: true }))).toBe(true);
  });

  it("are bare without Ctrl, Cmd and Alt", () => {
    expect(isBare(stroke("b"))).toBe(true);
    expect(isBare(stroke("B", { shiftKey: true }))).toBe(true);
    expect(isBare(stroke("s", { metaKey: true }))).toBe(false);
  });
});
