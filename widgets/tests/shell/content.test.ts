import { describe, expect, test } from "vitest";
import written from "../../../tests/fixtures/writing.json";
import type { Spec } from "../../src/core/model/spec.js";
import { readContent, writeContent, writeSpec } from "../../src/shell/content.js";

/** Documents and the text that `archlab.document.writing` gives them; `tests/bridge/test_writing_fixture.py` holds it so. */
const fixture = written as unknown as { spec: Spec; text: string }[];

describe("reading", () => {
  test("an empty file and an empty object are empty", () => {
    for (const text of ["", "  \n", "{}", "\uFEFF{}\n"]) expect(readContent(text)).toEqual({ kind: "empty" });
  });

  test("a document is a document, sound or not", () => {
    const content = readContent('{"format": "archlab/1", "colour": [1, {"a": null}]}');
    expect(content).toEqual({ kind: "spec", spec: { format: "archlab/1", colour: [1, { a: null }] } });
  });

  const texts: [string, string][] = [
    ["broken JSON", '{"format": "archlab/1",'],
    ["no object", "[1, 2]"],
    ["a number", "3"],
    ["null", "null"],
    ["another format", '{"format": "archlab/2"}'],
    ["no format", '{"name": "x"}'],
    ["a key twice", '{"format": "archlab/1", "name": "a", "name": "b"}'],
    ["a key twice, escaped", '{"format": "archlab/1", "name": "a", "n\\u0061me": "b"}'],
    ["a key twice, deep", '{"format": "archlab/1", "blocks": {"B00": {"cells": "C2", "cells": "T1"}}}'],
    ["an integer beyond doubles", '{"format": "archlab/1", "input": {"channels": 12345678901234567890}}'],
    ["a number beyond all", '{"format": "archlab/1", "options": {"eps": 1e400}}'],
    ["a number that would be rounded", '{"format": "archlab/1", "options": {"eps": 0.1234567890123456789}}'],
    ["an integer with an exponent", '{"format": "archlab/1", "input": {"channels": 123456789012345678e3}}'],
    ["too deep", `{"format": "archlab/1", "a": ${"[".repeat(64)}${"]".repeat(64)}}`],
    ["over 1 MiB", `{"format": "archlab/1", "name": "${"x".repeat(1 << 20)}"}`],
    ["over 1 MiB in bytes", `{"format": "archlab/1", "name": "${"ü".repeat(600_000)}"}`],
  ];
  test.each(texts)("%s stays text, unchanged", (_, text) => {
    expect(readContent(text)).toEqual({ kind: "text", text });
    expect(writeContent(readContent(text))).toBe(text);
  });

  test("the same key in two objects, braces in strings, and long fractions are no reason", () => {
    const spec = {
      format: "archlab/1",
      blocks: { B00: { cells: "C2" }, B01: { cells: "C2" } },
      name: '{"a": 1, "a": 2} \\" [[[',
      options: { dropout: 0.12345678901234568, tiny: 1.23456789012345e-9 },
    };
    expect(readContent(JSON.stringify(spec))).toEqual({ kind: "spec", spec });
  });
});

describe("writing", () => {
  test.each(fixture.map(({ spec, text }) => [String(spec.name), spec, text] as const))(
    "%s as Python does",
    (_, spec, text) => {
      expect(writeSpec(spec)).toBe(text);
      expect(readContent(text)).toEqual({ kind: "spec", spec });
    },
  );

  test("the order of fields does not depend on the order of edits", () => {
    const { spec, text } = fixture[0] as { spec: Spec; text: string };
    const shuffled = Object.fromEntries(Object.entries(spec).reverse());
    expect(writeSpec(shuffled)).toBe(text);
  });

  test("unknown fields are kept, those that say nothing left out", () => {
    const nothing = { blocks: { B00: {} }, links: {}, head: null, stem: { type: "none" } };
    const written = writeSpec({ zeta: 1, ...nothing, name: "n", format: "archlab/1" });
    expect(JSON.parse(written)).toEqual({ format: "archlab/1", name: "n", zeta: 1 });
  });

  test("a block called __proto__ is not lost", () => {
    const spec = JSON.parse('{"format": "archlab/1", "blocks": {"__proto__": "C2"}}');
    expect(writeSpec(spec)).toContain('"__proto__": "C2"');
  });
});
