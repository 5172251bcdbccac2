import { describe, expect, it } from "vitest";
import { fitting, inGroups, says } from "../../src/core/model/picking.js";
import type { Template } from "../../src/core/model/spec.js";

const one = (name: string, group: string, title: string, description = "", source = ""): Template => ({
  name,
  group,
  title,
  description,
  source,
  spec: {},
});
const ALL = [
  one("a", "First", "A chain", "like a tree"),
  one("b", "Second", "A tree", "", "Somebody 2021"),
  one("c", "First", "A lattice"),
];

describe("finding a template", () => {
  it("wants every word, wherever it stands, in any case", () => {
    expect(fitting(ALL, "TREE").map((t) => t.name)).toEqual(["b", "a"]); // the title counts first
    expect(fitting(ALL, "2021 some").map((t) => t.name)).toEqual(["b"]);
    expect(fitting(ALL, "tree lattice")).toEqual([]);
    expect(fitting(ALL, "  ")).toEqual(ALL);
    expect(says("Anything", "")).toBe(true);
  });

  it("keeps groups together, in order of appearance", () => {
    expect(inGroups(ALL).map(({ name, templates }) => [name, templates.map((t) => t.name)])).toEqual([
      ["First", ["a", "c"]],
      ["Second", ["b"]],
    ]);
  });
});
