import { describe, expect, it } from "vitest";
import written from "../../../tests/fixtures/numbers.json";
import { bytes, count, digits, durations, exact, milliseconds, percent, shape } from "../../src/core/model/format.js";

describe("numbers", () => {
  const writers = { count, bytes, exact, digits, percent };
  for (const name of Object.keys(writers) as (keyof typeof writers)[]) {
    it(`are written as Python writes them: ${name}`, () => {
      for (const [value, text] of written[name] as [number, string][]) {
        expect(writers[name](value), String(value)).toBe(text);
      }
    });
  }

  it("of a column have one unit, that of the largest", () => {
    for (const [column, texts] of written.durations as [number[], string[]][]) {
      expect(column.map(durations(column))).toEqual(texts);
    }
  });

  it("of a time alone have the unit that suits it", () => {
    expect(milliseconds(1.234)).toBe("1.23 ms");
  });

  it("of a shape stand close", () => {
    for (const [dims, text] of written.shape as [number[], string][]) expect(shape(dims)).toBe(text);
  });

  it("that are missing are a dash, never 0", () => {
    for (const write of [count, bytes, exact, percent, milliseconds, durations([12]), shape]) {
      expect(write(null)).toBe(written.missing);
      expect(write(undefined)).toBe(written.missing);
    }
  });

  it("that are none say so", () => {
    expect(digits(Number.NaN)).toBe("NaN");
    expect(percent(Number.POSITIVE_INFINITY)).toBe("Infinity %");
  });
});
