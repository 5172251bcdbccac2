/** The document's cell strings by column and level: each is edited where it is written. */
import { act, fireEvent } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { getAt } from "../../src/core/model/json.js";
import type { CheckReply, Diagnostic, Json, Spec } from "../../src/core/model/spec.js";
import { answering, GOOD, hostOf, SPEC } from "./helpers.js";
import { click, element, find, node, onPage, press, show, specOf, type } from "./page.js";

onPage();

function byColumn(): CheckReply {
  const reply = structuredClone(GOOD);
  if (reply.graph) reply.graph.by_column = true;
  for (const one of reply.graph?.nodes ?? []) if (one.kind === "block") one.path = `$.cells[${one.stage}]`;
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

describe("cell strings by level", () => {
  it("become more and fewer, for a level or a bridge that is to have its own", async () => {
    const content = { kind: "spec", spec: { ...SPEC, cells: ["T1", "L1"] } as Spec } as const;
    const page = hostOf({ answer: answering(() => GOOD), content });
    await show(page);
    await click(button("One more entry"));
    await type(inputs()[2] as HTMLInputElement, "G1");
    expect(specOf(page)?.cells).toEqual(["T1", "L1", "G1"]);
    await click(button("Without the last entry"));
    await click(button("Without the last entry"));
    expect(specOf(page)?.cells).toEqual(["T1"]);
    expect(button("Without the last entry")).toBeUndefined();
  });
});

describe("cell strings by column and level", () => {
  it("are edited where they are written", async () => {
    const page = await opened([["T1"], ["L1", "G1"]]);
    expect(labels()).toEqual(["Cells, entry 0, level 0", "Cells, entry 1, level 0", "Cells, entry 1, level 1"]);
    await type(inputs()[2] as HTMLInputElement, "G1G1");
    expect(specOf(page)?.cells).toEqual([["T1"], ["L1", "G1G1"]]);
  });

  it("part and join again", async () => {
    const page = await opened(["T1", "L1"]);
    await click(button("Different cells per level: Cells, entry 1"));
    expect(specOf(page)?.cells).toEqual(["T1", ["L1", "L1"]]); // there are two blocks in column 1, of three levels
    await click(button("The same on every level: Cells, entry 1"));
    expect(specOf(page)?.cells).toEqual(["T1", "L1"]);
    await click(button("One more column"));
    expect(specOf(page)?.cells).toEqual(["T1", "L1", "L1"]);
    await click(button("Without the last column"));
    await click(button("The same cells everywhere"));
    expect(specOf(page)?.cells).toBe("T1");
  });

  it("take a code of the palette at the caret, or each of them, and keep their shape", async () => {
    const page = await opened([["T1"], ["L1", "G1"]]);
    const palette = () => element.querySelector('[aria-label^="Insert C2"]') as HTMLElement;
    await click(palette());
    expect(specOf(page)?.cells).toEqual([["T1C2"], ["L1C2", "G1C2"]]);
    const last = inputs()[2] as HTMLInputElement;
    await act(async () => {
      last.focus();
      last.setSelectionRange(0, 0);
      fireEvent.select(last);
    });
    await click(palette());
    expect(specOf(page)?.cells).toEqual([["T1C2"], ["L1C2", "C2G1C2"]]);
    await press(last, "z", { ctrlKey: true });
    expect(specOf(page)?.cells).toEqual([["T1C2"], ["L1C2", "G1C2"]]);
  });

  it("are typed in a block for itself alone, or for all that share the entry", async () => {
    const shared = byColumn();
    for (const one of shared.graph?.nodes ?? []) if (/^B.1$/.test(one.id)) one.path = "$.cells[0][0]";
    const content = { kind: "spec", spec: { ...SPEC, cells: [["C2"]] } as Spec } as const;
    const page = hostOf({ answer: answering(() => shared), content });
    await show(page);
    await click(node("B11"));
    await act(async () => {
      fireEvent.change(find(".al-place select"), { target: { value: "entry" } });
    });
    await type(find<HTMLInputElement>('[aria-label="Cells of B11"]'), "C3");
    expect(specOf(page)?.cells).toEqual([["C3"]]);
    await click(element.querySelector('[aria-label^="Insert C2"]') as HTMLElement);
    expect(specOf(page)?.cells).toEqual([["C3C2"]]);
    expect(specOf(page)?.blocks).toEqual(SPEC.blocks);
  });
});

describe("what is said of a block that the layout has not any more", () => {
  it("is taken out of the document where it is told", async () => {
    const told = { code: "AL030", severity: "error", path: "$.blocks.B99", node: "", message: "No B99.", hint: "" };
    const spec = { ...SPEC, blocks: { B99: "L1" } } as Spec;
    const answer = answering((asked) => {
      const left = getAt(asked, ["spec", "blocks", "B99"]) !== undefined;
      return { ...structuredClone(GOOD), diagnostics: left ? [told as Diagnostic] : [] };
    });
    const page = hostOf({ answer, content: { kind: "spec", spec } });
    await show(page);
    await click(find('[data-tab="problems"]'));
    await click(button("Remove what is said of B99"));
    expect(specOf(page)?.blocks).toBeUndefined();
    expect(button("Remove what is said of B99")).toBeUndefined();
  });
});
