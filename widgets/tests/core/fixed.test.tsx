/** Cells that a layout fixes: seen, explained, and never counted among the document's own. */
import { describe, expect, it } from "vitest";
import { getAt } from "../../src/core/model/json.js";
import type { CheckReply, GraphCell, Json } from "../../src/core/model/spec.js";
import { answering, GOOD, hostOf } from "./helpers.js";
import { click, element, find, node, onPage, show, specOf, type } from "./page.js";

onPage();

const FIXED = "Fixed by the layout: ";
const fixed = (code: string) =>
  ({
    code,
    known: true,
    fixed: true,
    path: "$.layout",
    values: {},
    origin: {},
    effective: {},
    inert: {},
  }) as unknown as GraphCell;

/** The last good answer with fixed cells around those of B12, and one behind each fusion. */
function withFixed(): CheckReply {
  const reply = structuredClone(GOOD);
  for (const one of reply.graph?.nodes ?? []) {
    if (one.id === "B12") one.cells = [fixed("C2"), ...one.cells, fixed("C3")];
    if (one.kind === "fusion") one.cells = [fixed("C2")];
  }
  return reply;
}
const host = () => hostOf({ answer: answering(withFixed) });

describe("fixed cells", () => {
  it("are outlined chips with the reason, and are read aloud", async () => {
    await show(host());
    const chips = [...node("B12").querySelectorAll(".al-chip")];
    expect(chips.map((chip) => chip.hasAttribute("data-fixed"))).toEqual([true, false, false, true]);
    expect(chips[0]?.querySelector("title")?.textContent).toMatch(
      /^Fixed by the layout: .+ Change the layout's fields/,
    );
    expect(node("B12").querySelector("title")?.textContent).toContain(
      "cells L1 G1, fixed before them C2, fixed behind them C3",
    );
  });

  it("show on a fusion beside its merge", async () => {
    await show(host());
    const fusion = GOOD.graph?.nodes.find((one) => one.kind === "fusion" && one.inputs.length > 1);
    expect(node(fusion?.id ?? "").querySelector(".al-block-merge")).not.toBeNull();
    expect(node(fusion?.id ?? "").querySelectorAll(".al-chip[data-fixed]")).toHaveLength(1);
    await click(node(fusion?.id ?? ""));
    expect(find("li.al-cell[data-fixed]").getAttribute("title")).toContain(FIXED);
  });

  it("do not shift the cells that are edited", async () => {
    const page = host();
    await show(page);
    await click(node("B12"));
    expect([...element.querySelectorAll("button.al-cell[aria-pressed]")].map((e) => e.textContent)).toEqual([
      "L1",
      "G1",
    ]);
    await click(find('[aria-label="Cell 2: G1"]'));
    const label = [...element.querySelectorAll("label")].find((e) => e.textContent === "Heads") as HTMLLabelElement;
    await type(document.getElementById(label.htmlFor) as HTMLInputElement, "4");
    expect(getAt(specOf(page) as Json, ["blocks", "B12"])).toEqual(["L1", { code: "G1", heads: 4 }]);
  });
});
