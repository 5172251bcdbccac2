import { describe, expect, it } from "vitest";
import { pageLines } from "../../src/core/model/page.js";
import { folded } from "../../src/core/view/Block.js";
import { pieces } from "../../src/core/view/CellText.js";

describe("the page of a code", () => {
  it("is read line by line: what is computed, and what is said about it", () => {
    expect(pageLines("# Sizes\nS    = H*W      # pixels\n\n  or  1\n")).toEqual([
      { code: "", note: "Sizes" },
      { code: "S = H*W", note: "pixels" },
      { code: "or 1", note: "" },
    ]);
  });
});

describe("the text of cells", () => {
  it("repeated cells fold", () => {
    expect(folded("AaAaBbAa")).toEqual([
      { code: "Aa", times: 2 },
      { code: "Bb", times: 1 },
      { code: "Aa", times: 1 },
    ]);
  });

  it("marks cut the text where spans begin and end", () => {
    const found = pieces("T1XXL", [
      { span: [2, 4], severity: "error" },
      { span: [0, 9], severity: "warning" },
      { span: null, severity: "error" },
    ]);
    expect(found.map((p) => [p.text, p.severity])).toEqual([
      ["T1", "warning"],
      ["XX", "error"],
      ["L", "warning"],
    ]);
  });
});
