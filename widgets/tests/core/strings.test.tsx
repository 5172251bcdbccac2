/** The document's cell strings by column and level: each is edited where it is written. */
import { describe, expect, it } from "vitest";
import type { CheckReply, Json, Spec } from "../../src/core/model/spec.js";
import { answering, GOOD, hostOf, SPEC } from "./helpers.js";
import { click, element, onPage, show, specOf, type } from "./page.js";

onPage();

function byColumn(): CheckReply {
  const reply = structuredClone(GOOD);
  if (reply.graph) reply.graph.by_column = true;
  return reply;
}

async function opened(cells: Json) {
  const page = hostOf({ answer: answering(byColumn), content: { kind: "spec", spec: { ...SPEC, cells } as Spec } });
  await show(page);
  return page;
}

const inputs = () => [...element.querySelectorAll<HTMLInputElement>('input[aria-label^="Cells"]')];
const labels = () => inputs().map((input) => input.getAttribute("aria-label"));
const button = (name: string) =>
  [...element.querySelectorAll("button")].find(
    (one) => one.getAttribute("aria-label") === name || one.textContent === name,
  ) as HTMLButtonElement;

describe("cell strings by column and level", () => {
  it("are edited where they are written", async () => {
    const page = await opened([["T1"], ["L1", "G1"]]);
    expect(labels()).toEqual(["Cells, entry 0, level 0", "Cells, entry 1, level 0", "Cells, entry 1, level 1"]);
    await type(inputs()[2] as HTMLInputElement, "G1G1");
    expect(specOf(page)?.cells).toEqual([["T1"], ["L1", "G1G1"]]);
  });

  it("part and join again", async () => {
    const page = await opened(["T1", "L1"]);
    const levels = GOOD.graph?.levels ?? 0;
    await click(button("Different cells per level: Cells, entry 1"));
    expect(specOf(page)?.cells).toEqual(["T1", Array(levels).fill("L1")]);
    await click(button("The same on every level: Cells, entry 1"));
    expect(specOf(page)?.cells).toEqual(["T1", "L1"]);
    await click(button("One more column"));
    expect(specOf(page)?.cells).toEqual(["T1", "L1", "L1"]);
    await click(button("Without the last column"));
    await click(button("The same cells everywhere"));
    expect(specOf(page)?.cells).toBe("T1");
  });
});
