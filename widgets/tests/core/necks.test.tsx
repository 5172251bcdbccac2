/** Necks, heads and outputs: in the document's form, and as nodes that are selected. */
import { act, fireEvent } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Answer } from "../../src/core/memory-host.js";
import { asPart, moveNeck, partAt, withNecks } from "../../src/core/model/necks.js";
import type { CheckReply, GraphNode, Json, Spec } from "../../src/core/model/spec.js";
import answers from "./answers.json";
import { answering, GOOD, hostOf, SPEC, settled } from "./helpers.js";
import { click, element, find, node, onPage, show, specOf, type } from "./page.js";

onPage();

const NECKS = ["squeeze", "mix"].map((type) => ({
  type,
  title: `To ${type}.`,
  doc: "",
  icon: "",
  source: "",
  family: "neck",
  schema: { type: "object", properties: { width: { type: "integer", default: 8 } }, required: [] },
}));

/** The last good answer with a neck's module, a head's block and its prediction on top. */
function onTop(): CheckReply {
  const reply = structuredClone(GOOD);
  const nodes = reply.graph?.nodes ?? [];
  const last = nodes.at(-1) as GraphNode;
  const put = (id: string, kind: string, section: string, path: string, by: number) =>
    nodes.push({ ...last, id, kind, section, path, stage: last.stage + by, cells: [], text: "", inputs: [last.id] });
  put("squeezed", "neck", "neck", "$.neck[0]", 1);
  put("grow", "block", "head", "$.head", 2);
  put("head", "head", "head", "$.head", 3);
  return reply;
}

async function opened(more: { [key: string]: Json }) {
  const plain = answering(onTop);
  const answer: Answer = (op, payload, on) =>
    op === "catalog" ? { ...answers.catalog, necks: NECKS } : plain(op, payload, on);
  const page = hostOf({ answer, content: { kind: "spec", spec: { ...SPEC, ...more } as Spec } });
  await show(page);
  return page;
}

const choose = (label: string, value: string) =>
  act(async () => {
    fireEvent.change(find(`[aria-label="${label}"]`), { target: { value } });
    await settled();
  });

describe("necks", () => {
  it("are added, moved and taken away, and written in the shortest way", async () => {
    const page = await opened({});
    await choose("Add a neck", "squeeze");
    expect(specOf(page)?.neck).toEqual({ type: "squeeze" });
    await choose("Add a neck", "mix");
    expect(specOf(page)?.neck).toEqual([{ type: "squeeze" }, { type: "mix" }]);
    await click(find('[aria-label="Move neck 2 mix up"]'));
    expect(specOf(page)?.neck).toEqual([{ type: "mix" }, { type: "squeeze" }]);
    await click(find('[aria-label="Remove neck 1 mix"]'));
    expect(specOf(page)?.neck).toEqual({ type: "squeeze" });
    await click(find('[aria-label="Remove neck 1 squeeze"]'));
    expect(specOf(page)).not.toHaveProperty("neck");
  });

  it("are nodes: their fields are set where they are selected", async () => {
    const page = await opened({ neck: ["squeeze", { type: "mix" }], head: "classify" });
    expect(node("squeezed").querySelector("title")?.textContent).toMatch(/^Neck squeezed, /);
    expect(node("grow").querySelector("title")?.textContent).toContain("part of the head");
    expect(node("head").querySelector("title")?.textContent).toMatch(/^Head, /);
    await click(node("squeezed"));
    const label = [...element.querySelectorAll("label")].find((e) => e.textContent === "Width") as HTMLLabelElement;
    await type(document.getElementById(label.htmlFor) as HTMLInputElement, "16");
    expect(specOf(page)?.neck).toEqual([{ type: "squeeze", width: 16 }, { type: "mix" }]);
    await click(node("grow"));
    expect(element.querySelector('[aria-label="Cells of grow"]')).not.toBeNull();
    expect([...element.querySelectorAll("h3")].map((h) => h.textContent)).toContain("Head");
  });

  it("are read in every way in which a document writes them", () => {
    expect(asPart("one")).toEqual({ type: "one" });
    expect(partAt("$.neck[1]")).toEqual({ shelf: "necks", steps: ["neck", 1] });
    expect(partAt("$.layout")).toBeUndefined();
    expect(withNecks({ neck: "one" }, [])).toEqual({});
    expect(moveNeck({ neck: ["one", "two", "three"] }, 0, 1)).toEqual({ neck: ["two", "one", "three"] });
  });
});

describe("outputs", () => {
  it("are all of them, or those that are named in their order", async () => {
    const page = await opened({});
    const box = () =>
      [...element.querySelectorAll<HTMLInputElement>(".al-toggle input")].find(
        (one) => one.parentElement?.textContent === "All outputs",
      ) as HTMLInputElement;
    await click(box());
    const all = GOOD.graph?.outputs ?? [];
    expect(specOf(page)?.outputs).toEqual(all);
    await click(find(`[aria-label="Leave out ${all[0]}"]`));
    await choose("Add an output", all[0] ?? "");
    expect(specOf(page)?.outputs).toEqual([...all.slice(1), all[0]]);
    await click(box());
    expect(specOf(page)).not.toHaveProperty("outputs");
  });
});
