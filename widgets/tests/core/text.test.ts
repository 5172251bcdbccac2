import { describe, expect, it } from "vitest";
import { cellsOf, placesOf, runsOf } from "../../src/core/model/cells.js";
import { pageLines } from "../../src/core/model/page.js";
import type { GraphCell, PlanRow } from "../../src/core/model/spec.js";
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
    expect(runsOf({ cells: [] }, "AaAaBbAa")).toEqual([
      { code: "Aa", times: 2, fixed: false },
      { code: "Bb", times: 1, fixed: false },
      { code: "Aa", times: 1, fixed: false },
    ]);
  });

  it("fixed cells stand around it, and only its own are counted", () => {
    const cell = (code: string, fixed: boolean) => ({ code, fixed }) as GraphCell;
    const node = { cells: [cell("Xx", true), cell("Aa", false), cell("Aa", false), cell("Aa", true)] };
    const { before, own, after } = cellsOf(node);
    expect([before.length, own.length, after.length]).toEqual([1, 2, 1]);
    expect(runsOf(node, "AaAaBb")).toEqual([
      { code: "Xx", times: 1, fixed: true },
      { code: "Aa", times: 2, fixed: false },
      { code: "Bb", times: 1, fixed: false },
      { code: "Aa", times: 1, fixed: true },
    ]);
    expect(placesOf({ cells: [1, 2] } as PlanRow, node)).toEqual([1, 2]);
    expect(placesOf({ cells: [1, 2] } as PlanRow, undefined)).toEqual([2, 3]);
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
