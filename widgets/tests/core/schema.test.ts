import { describe, expect, it } from "vitest";
import { indexCatalog } from "../../src/core/model/catalog.js";
import { keepsNumber } from "../../src/core/model/numbers.js";
import { fieldOf, fieldsOf, grouped, read, title, written } from "../../src/core/model/schema.js";
import type { Catalog, Schema } from "../../src/core/model/spec.js";
import answers from "./answers.json";

const catalog = answers.catalog as unknown as Catalog;

describe("fields of a schema", () => {
  const root: Schema = {
    properties: {
      type: { type: "string" },
      heads: { type: "integer", minimum: 1, maximum: 64, default: 8 },
      ratio: { type: "number", default: 4 },
      mode: { enum: ["a", "b"], default: "a" },
      bias: { type: "boolean", default: true },
      window: { type: "array", items: { type: "integer" }, minItems: 3, maxItems: 3, default: [1, 8, 8] },
      channels: {
        anyOf: [
          { type: "integer", minimum: 1 },
          { type: "array", items: { type: "integer" } },
        ],
      },
      stages: { anyOf: [{ type: "integer", minimum: 2 }, { type: "null" }], default: null },
      size: { type: "integer", description: "how large" },
    },
    required: ["channels"],
  };
  const fields = new Map(fieldsOf(root).map((f) => [f.name, f]));

  it("have a kind each; the type is chosen elsewhere", () => {
    expect(Object.fromEntries([...fields].map(([name, f]) => [name, f.kind]))).toEqual({
      heads: "number",
      ratio: "number",
      mode: "choice",
      bias: "switch",
      window: "list",
      channels: "mixed",
      stages: "number",
      size: "number",
    });
  });

  it("carry range, length, description and whether they may be left out", () => {
    expect(fields.get("heads")).toMatchObject({ minimum: 1, maximum: 64, integer: true, optional: true, initial: 8 });
    expect(fields.get("ratio")?.integer).toBe(false);
    expect(fields.get("window")?.length).toBe(3);
    expect(fields.get("channels")?.optional).toBe(false);
    expect(fields.get("stages")).toMatchObject({ minimum: 2, optional: true });
    expect(fields.get("size")?.doc).toBe("how large");
  });

  it.each([
    ["heads", "12", 12],
    ["heads", "0", 0],
    ["heads", "1000000000", 1e9],
    ["heads", "", undefined],
    ["ratio", "2.5", 2.5],
    ["window", "1, 16, 16", [1, 16, 16]],
    ["window", "1 16 16", [1, 16, 16]],
    ["window", "1x16x16", [1, 16, 16]],
    ["window", "[2, 4, 4]", [2, 4, 4]],
    ["channels", "32", 32],
    ["channels", "32, 64", [32, 64]],
    ["stages", "5", 5],
  ])("%s takes %j", (name, text, value) => {
    expect(read(text, fields.get(name) as never)).toEqual({ ok: true, value });
  });

  it.each([
    ["heads", "many"],
    ["heads", "2.5"],
    ["ratio", "1..2"],
    ["window", "1, two, 3"],
    ["window", "[1, 2"],
  ])("%s does not take %j and says what it wants", (name, text) => {
    const result = read(text, fields.get(name) as never);
    expect(result.ok).toBe(false);
    expect(result.ok ? "" : result.message).toMatch(/\w+ .*\./);
  });

  it.each([
    ["heads", "9".repeat(400)],
    ["heads", "12345678901234567890"],
    ["ratio", "0.1234567890123456789"],
    ["ratio", "1e-400"],
    ["window", "[1e999, 2, 3]"],
    ["window", "1, 12345678901234567890, 3"],
    ["channels", "12345678901234567890"],
    ["channels", "1e999"],
  ])("%s keeps %s as a draft rather than another number", (name, text) => {
    expect(read(text, fields.get(name) as never)).toMatchObject({ ok: false, message: expect.stringMatching(/kept/) });
  });

  it.each(["0", "-0.50", "1.50e3", ".25", "1e-7", "0.1", "123456789012345", "1E+3", "0.30000000000000004"])(
    "%s is a number that a document keeps",
    (text) => {
      expect(keepsNumber(text)).toBe(true);
    },
  );

  it("write what they read", () => {
    for (const value of [7, 2.5, [1, 8, 8], [32, 64]]) {
      const field = fieldOf("x", { anyOf: [{ type: "number" }, { type: "array" }] });
      expect(read(written(value), field)).toEqual({ ok: true, value });
    }
    const gaps = fieldOf("gaps", { anyOf: [{ type: "boolean" }, { type: "array", items: { type: "boolean" } }] });
    expect(read(written([true, false]), gaps)).toEqual({ ok: true, value: [true, false] });
    expect(read(written(true), gaps)).toEqual({ ok: true, value: true });
  });

  it("has readable names", () => {
    expect(title("mixer_ratio")).toBe("Mixer ratio");
  });
});

describe("the catalog", () => {
  const index = indexCatalog(catalog);

  it("groups cells by family, each once", () => {
    expect(index.families.flatMap((f) => f.cells)).toHaveLength(catalog.cells.length);
    expect(new Set(index.families.map((f) => f.name)).size).toBe(index.families.length);
  });

  it("gives a form for every part, each default of which reads back", () => {
    const parts = [...catalog.cells, ...catalog.links, ...catalog.layouts, ...catalog.stems, ...catalog.heads];
    let fields = 0;
    for (const part of parts) {
      for (const field of fieldsOf(part.schema)) {
        fields++;
        if (field.kind === "choice" || field.kind === "switch" || field.initial === undefined || field.initial === null)
          continue;
        expect(read(written(field.initial), field)).toEqual({ ok: true, value: field.initial });
      }
    }
    expect(fields).toBeGreaterThan(20);
  });
});

describe("groups of fields", () => {
  it("put what has no heading first, then what is special to the part", () => {
    const own = (group?: string) => ({ type: "integer", ...(group ? { "x-archlab-group": group } : {}) });
    const properties = { norm: own("Common"), window: own("Special"), ratio: own("Common"), causal: own() };
    const groups = grouped(fieldsOf({ properties } as Schema));
    expect(groups.map(({ name, fields }) => [name, fields.map((f) => f.name)])).toEqual([
      ["", ["causal"]],
      ["Special", ["window"]],
      ["Common", ["norm", "ratio"]],
    ]);
  });
});
