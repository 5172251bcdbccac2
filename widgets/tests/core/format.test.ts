import { describe, expect, it } from "vitest";
import { durations, milliseconds } from "../../src/core/model/format.js";

describe("times of a column", () => {
  it("have one unit, that of the largest", () => {
    expect([12, 0.00883].map(durations([12, 0.00883]))).toEqual(["12 ms", "0.009 ms"]);
    expect([0.5, 0.00883].map(durations([0.5, 0.00883]))).toEqual(["500 µs", "8.83 µs"]);
    expect([1500, 12].map(durations([1500, 12]))).toEqual(["1.50 s", "0.012 s"]);
  });

  it("are never written as nothing when they are something", () => {
    const write = durations([12]);
    expect(write(0.0002)).toBe("< 0.001 ms");
    expect(write(0)).toBe("0 ms");
    expect(write(null)).toBe("–");
  });

  it("stand alone with the unit that suits them", () => {
    expect(milliseconds(1.234)).toBe("1.23 ms");
    expect(milliseconds(undefined)).toBe("–");
  });
});
