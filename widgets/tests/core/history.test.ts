import { describe, expect, it } from "vitest";
import { History } from "../../src/core/model/history.js";

/** Small seeded generator, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

describe("history", () => {
  it.each(Array.from({ length: 40 }, (_, i) => i + 1))("agrees with a list of all values (seed %i)", (seed) => {
    const next = random(seed);
    const history = new History<number[]>([]);
    let list: number[][] = [[]];
    let at = 0;
    for (let i = 0; i < 200; i++) {
      const dice = next();
      if (dice < 0.5) {
        const value = [...(list[at] as number[]).slice(0, 3), Math.floor(next() * 3)];
        const changed = JSON.stringify(value) !== JSON.stringify(list[at]);
        expect(history.push(value, "push")).toBe(changed);
        if (changed) {
          list = [...list.slice(0, at + 1), value];
          at++;
        }
      } else if (dice < 0.8) {
        expect(history.undo() !== null).toBe(at > 0);
        at = Math.max(0, at - 1);
      } else {
        expect(history.redo() !== null).toBe(at < list.length - 1);
        at = Math.min(list.length - 1, at + 1);
      }
      expect(history.value).toEqual(list[at]);
      expect(history.undoLabel !== undefined).toBe(at > 0);
      expect(history.redoLabel !== undefined).toBe(at < list.length - 1);
    }
  });

  it("makes one step of a gesture, whatever its length", () => {
    const history = new History("");
    for (const text of ["T", "T1", "T1L"]) history.push(text, `typed ${text}`, "g");
    expect(history.undoLabel).toBe("typed T1L");
    expect(history.undo()?.value).toBe("");
    expect(history.undo()).toBeNull();
    expect(history.redo()?.value).toBe("T1L");
  });

  it("keeps gestures apart", () => {
    const history = new History("");
    history.push("a", "one", "1");
    history.push("b", "two", "2");
    history.push("c", "three");
    history.push("d", "four");
    expect(["c", "b", "a", ""].map(() => history.undo()?.value)).toEqual(["c", "b", "a", ""]);
  });

  it("drops a gesture that ends where it began", () => {
    const history = new History("x");
    history.push("xy", "typed", "g");
    history.push("x", "typed", "g");
    expect(history.undoLabel).toBeUndefined();
  });

  it("starts a new step after undo, even within the same gesture", () => {
    const history = new History("");
    history.push("a", "typed", "g");
    history.undo();
    history.push("b", "typed", "g");
    expect(history.undo()?.value).toBe("");
  });

  it("adds no step for an equal value in another order of keys", () => {
    const history = new History<object>({ a: 1, b: [2] });
    expect(history.push({ b: [2], a: 1 }, "same")).toBe(false);
    expect(history.undoLabel).toBeUndefined();
  });
});
