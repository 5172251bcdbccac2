import { describe, expect, it } from "vitest";
import { cuttingOf, extent, MOST_LINES } from "../../src/core/model/cutting.js";
import type { PlanRow } from "../../src/core/model/spec.js";
import { GOOD } from "./helpers.js";

const ROW = GOOD.estimate?.plan[0] as PlanRow;
const PLANE: PlanRow = {
  ...ROW,
  deep: false,
  size: [1, 32, 16],
  window: [1, 8, 8],
  windows: [1, 4, 2],
  patch: [1, 2, 4],
  patches: [1, 4, 2],
  token: "patch",
};

describe("the cutting of a map", () => {
  it("has a line between neighbouring windows, in proportion to the longer side", () => {
    const { map, window, deep } = cuttingOf(PLANE);
    expect([map.width, map.height]).toEqual([0.5, 1]);
    expect(map.rows).toEqual([0.25, 0.5, 0.75]);
    expect(map.columns).toEqual([0.25]);
    expect(window).toEqual({ width: 0.25, height: 0.25 });
    expect(deep).toBe(1);
  });

  it("enlarges one window, cut into its patches", () => {
    const { inside, token } = cuttingOf(PLANE);
    expect([inside.width, inside.height]).toEqual([1, 1]);
    expect(inside.rows).toEqual([0.25, 0.5, 0.75]);
    expect(inside.columns).toEqual([0.5]);
    expect(token).toEqual({ width: 0.5, height: 0.25 });
  });

  it("shows pixels as tokens, or the whole window", () => {
    const bare = { ...PLANE, patch: null, patches: null };
    expect(cuttingOf({ ...bare, token: "pixel" }).inside.rows).toHaveLength(7);
    expect(cuttingOf({ ...bare, token: "pixel" }).token).toEqual({ width: 0.125, height: 0.125 });
    expect(cuttingOf({ ...bare, token: "window" }).inside.rows).toEqual([]);
    expect(cuttingOf({ ...bare, token: "window" }).token).toEqual({ width: 1, height: 1 });
    expect(cuttingOf({ ...bare, token: null }).token).toBeNull();
  });

  it("leaves room for what is padded", () => {
    const { map, real } = cuttingOf({ ...PLANE, size: [1, 30, 15] });
    expect([map.width, map.height]).toEqual([0.5, 1]);
    expect(real).toEqual({ width: 15 / 32, height: 30 / 32 });
  });

  it("stacks windows along a depth that is cut, and only there", () => {
    const deep: PlanRow = { ...PLANE, deep: true, size: [8, 32, 16], window: [4, 8, 8], windows: [2, 4, 2] };
    expect(cuttingOf(deep).deep).toBe(2);
    expect(extent(deep, deep.window)).toBe("4×8×8");
    expect(extent(PLANE, PLANE.window)).toBe("8×8");
  });

  it("draws no lines that would run together", () => {
    const { map } = cuttingOf({ ...PLANE, size: [1, 512, 256], windows: [1, 64, 32] });
    expect(MOST_LINES).toBeLessThan(64);
    expect(map.rows).toEqual([]);
    expect(map.columns).toHaveLength(31);
  });
});
