import { describe, expect, it } from "vitest";
import * as edits from "../../src/core/model/edits.js";
import { equal, getAt, removeAt, setAt } from "../../src/core/model/json.js";
import type { Spec } from "../../src/core/model/spec.js";

const SPEC: Spec = {
  format: "x/1",
  cells: "AaBb",
  blocks: { P: "AaAa", Q: { cells: ["Aa", { code: "Bb", n: 2 }], dense: true } },
};

describe("json", () => {
  it("leaves a document alone where a path is older than it", () => {
    expect(edits.setValue({ ...SPEC, cells: "T1" }, ["cells", 1, 0], "C2")).toMatchObject({ cells: "T1" });
  });

  it("sets without touching the original", () => {
    const next = setAt(SPEC, ["blocks", "Q", "cells", 1, "n"], 3);
    expect(getAt(next, ["blocks", "Q", "cells", 1, "n"])).toBe(3);
    expect(getAt(SPEC, ["blocks", "Q", "cells", 1, "n"])).toBe(2);
    expect(getAt(next, ["blocks", "P"])).toBe("AaAa");
  });

  it("makes objects on the way and takes empty ones away", () => {
    const next = setAt({}, ["options", "a"], 1);
    expect(next).toEqual({ options: { a: 1 } });
    expect(removeAt(next, ["options", "a"])).toEqual({});
    expect(removeAt({ options: { a: 1, b: 2 } }, ["options", "a"])).toEqual({ options: { b: 2 } });
  });

  it("treats __proto__ as a name like any other", () => {
    const next = setAt({}, ["blocks", "__proto__"], "Aa");
    expect(Object.hasOwn(getAt(next, ["blocks"]) as object, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>).Aa).toBeUndefined();
  });

  it("compares deeply, without regard to the order of keys", () => {
    expect(equal({ a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] })).toBe(true);
    expect(equal([1, 2], [2, 1])).toBe(false);
    expect(equal({ a: undefined }, { b: undefined })).toBe(false);
    expect(equal([], {})).toBe(false);
  });
});

describe("text of blocks", () => {
  it("is read from strings, lists and objects", () => {
    expect(edits.blockText(SPEC, "P")).toBe("AaAa");
    expect(edits.blockText(SPEC, "Q")).toBe("AaBb");
    expect(edits.blockText(SPEC, "R")).toBeUndefined();
  });

  it("survives documents that are not as they should be", () => {
    expect(edits.blockText({ blocks: [1] as never }, "P")).toBeUndefined();
    expect(edits.blockText({ blocks: { P: 7 } }, "P")).toBe("");
    expect(edits.blockText({ blocks: { P: [7, null, "Aa"] } }, "P")).toBe("Aa");
  });

  it("keeps parameters of cells that stay", () => {
    const base = getAt(SPEC, ["blocks", "Q"]);
    expect(getAt(edits.setBlockText(SPEC, "Q", "CcAaBb", base), ["blocks", "Q"])).toEqual({
      cells: ["Cc", "Aa", { code: "Bb", n: 2 }],
      dense: true,
    });
    expect(getAt(edits.setBlockText(SPEC, "Q", "AaBbCc", base), ["blocks", "Q", "cells"])).toEqual([
      "Aa",
      { code: "Bb", n: 2 },
      "Cc",
    ]);
  });

  it("keeps text as typed, and nothing is lost on the way to whole words", () => {
    const base = getAt(SPEC, ["blocks", "Q"]);
    const half = edits.setBlockText(SPEC, "Q", "AaBbC", base);
    expect(getAt(half, ["blocks", "Q", "cells"])).toBe("AaBbC");
    const whole = edits.setBlockText(half, "Q", "AaBbCc", base);
    expect(getAt(whole, ["blocks", "Q", "cells"])).toEqual(["Aa", { code: "Bb", n: 2 }, "Cc"]);
  });

  it("becomes a string where no cell has parameters", () => {
    expect(edits.withText(["Aa", { code: "Bb", n: 2 }], "AaAa")).toBe("AaAa");
    expect(edits.withText([{ code: "Aa" }], "AaBb")).toBe("AaBb");
    expect(edits.withText(["Aa", { code: "Bb", n: 1 }], "")).toEqual([]);
  });
});

describe("options", () => {
  it("of one cell make a list and vanish again", () => {
    const set = edits.setCellField(SPEC, "P", "AaAa", 1, "n", 4);
    expect(getAt(set, ["blocks", "P"])).toEqual(["Aa", { code: "Aa", n: 4 }]);
    expect(getAt(edits.setCellField(set, "P", "AaAa", 1, "n", undefined), ["blocks", "P"])).toBe("AaAa");
  });

  it("of a cell that nothing overrides start from its text", () => {
    expect(getAt(edits.setCellField(SPEC, "R", "AaBb", 0, "n", 1), ["blocks", "R"])).toEqual([
      { code: "Aa", n: 1 },
      "Bb",
    ]);
    expect(edits.setCellField(SPEC, "R", "AaBb", 9, "n", 1)).toBe(SPEC);
  });

  it("of a block turn a string into an object and back", () => {
    const set = edits.setBlockField(SPEC, "P", ["options", "n"], 1);
    expect(getAt(set, ["blocks", "P"])).toEqual({ cells: "AaAa", options: { n: 1 } });
    expect(getAt(edits.setBlockField(set, "P", ["options", "n"], undefined), ["blocks", "P"])).toBe("AaAa");
    const fresh = edits.setBlockField(SPEC, "R", ["dense"], true);
    expect(getAt(fresh, ["blocks", "R"])).toEqual({ dense: true });
    expect(getAt(edits.setBlockField(fresh, "R", ["dense"], undefined), ["blocks", "R"])).toBeUndefined();
  });
});

describe("options of a level", () => {
  it("are a list as long as the last level that says something", () => {
    const one = edits.setLevelOption(SPEC, 2, "n", 3);
    expect(one.level_options).toEqual([{}, {}, { n: 3 }]);
    const two = edits.setLevelOption(one, 0, "m", 1);
    expect(two.level_options).toEqual([{ m: 1 }, {}, { n: 3 }]);
    expect(edits.setLevelOption(two, 2, "n", undefined).level_options).toEqual([{ m: 1 }]);
    expect(edits.setLevelOption(one, 2, "n", undefined)).toEqual(SPEC);
  });
});

describe("links", () => {
  it("go off and on without leaving a trace", () => {
    const off = edits.setLinkField(SPEC, "P>Q", "off", true);
    expect(off.links).toEqual({ "P>Q": { off: true } });
    expect(edits.setLinkField(off, "P>Q", "off", undefined)).toEqual(SPEC);
  });

  it("change kind, lose the old kind's fields, stay off", () => {
    const spec = { links: { "P>Q": { kind: "one", width: 3, off: true } } };
    expect(edits.setLinkKind(spec, "P>Q", "two").links).toEqual({ "P>Q": { kind: "two", off: true } });
    expect(edits.setLinkKind({ links: { "P>Q": { kind: "one" } } }, "P>Q", undefined)).toEqual({});
  });
});

describe("parts", () => {
  it("keep the fields that both types know", () => {
    const spec = { layout: { type: "one", levels: 4, gate: true } };
    expect(edits.setPartType(spec, ["layout"], "two", ["levels"]).layout).toEqual({ type: "two", levels: 4 });
    expect(edits.setPartType(spec, ["head"], null, []).head).toBeNull();
  });
});

describe("typing into a block", () => {
  const params = [{ code: "Aa", n: 1 }, "Bb"];

  it("keeps what came from elsewhere meanwhile", () => {
    const base = new edits.TypingBase();
    const one = base.type({ blocks: { Q: "Aa" } }, ["Q"], "AaB", "g");
    const elsewhere = edits.setBlockField(one, "Q", ["dense"], true);
    expect(base.type(elsewhere, ["Q"], "AaBb", "g")).toEqual({ blocks: { Q: { cells: "AaBb", dense: true } } });
  });

  it("keeps parameters over half a word, but not over cells that were changed elsewhere", () => {
    const base = new edits.TypingBase();
    const half = base.type({ blocks: { Q: params } }, ["Q"], "AaB", "g");
    expect(half).toEqual({ blocks: { Q: "AaB" } });
    expect(base.type(half, ["Q"], "AaBb", "g")).toEqual({ blocks: { Q: params } });
    expect(base.type({ blocks: { Q: "Cc" } }, ["Q"], "AaCc", "g")).toEqual({ blocks: { Q: "AaCc" } });
  });
});
