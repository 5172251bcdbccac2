import { act, fireEvent } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Answer } from "../../src/core/memory-host.js";
import { getAt } from "../../src/core/model/json.js";
import type { CheckReply, GraphCell, Json, Template } from "../../src/core/model/spec.js";
import answers from "./answers.json";
import { answering, GOOD, hostOf, SPEC, settled } from "./helpers.js";
import { click, element, find, link, node, onPage, press, show, specOf, type } from "./page.js";

onPage();

const labelled = (text: string): HTMLElement => {
  const label = [...element.querySelectorAll("label")].find((e) => e.textContent === text) as HTMLLabelElement;
  return document.getElementById(label.htmlFor) as HTMLElement;
};
const choose = async (select: HTMLSelectElement, value: string) => {
  await act(async () => {
    fireEvent.change(select, { target: { value } });
    await settled();
  });
};
const buttonOf = (text: string) =>
  [...element.querySelectorAll("button")].find((b) => b.textContent?.trim() === text) as HTMLButtonElement;

/** The last good answer with other cells in B12. */
function withCells(change: (cell: GraphCell) => GraphCell): CheckReply {
  const reply = structuredClone(GOOD);
  for (const one of reply.graph?.nodes ?? []) if (one.id === "B12") one.cells = one.cells.map(change);
  return reply;
}

describe("the windows of a block", () => {
  it("are told in numbers, as a picture and in words", async () => {
    await show(hostOf());
    await click(node("B12"));
    const rows = GOOD.estimate?.plan.filter((row) => row.node === "B12") ?? [];
    expect(rows.map((row) => row.code)).toEqual(["L1", "G1"]);
    const table = [...element.querySelectorAll(".al-plan tr")].map((tr) =>
      [...tr.children].map((cell) => cell.textContent),
    );
    expect(table[0]).toEqual(["Quantity", "L1 1", "G1 2"]);
    expect(table).toContainEqual(["Attends to", ...rows.map((row) => String(row.tokens))]);
    const pictures = [...element.querySelectorAll(".al-cutting svg")];
    expect(pictures.map((svg) => svg.getAttribute("aria-label"))).toEqual(rows.map((row) => row.text));
    expect(find(".al-cutting figcaption").textContent).toContain(rows[0]?.text);
  });

  it("are not mentioned where there are none", async () => {
    await show(hostOf());
    await click(node("B11"));
    expect(element.querySelector(".al-plan")).toBeNull();
  });
});

describe("the options of a cell", () => {
  it("say why one has no effect in place of its control, and give it back where it counts", async () => {
    const idle = withCells((cell) => ({ ...cell, inert: { heads: "there is nothing to share" } }));
    await show(hostOf({ answer: answering(() => idle) }));
    await click(node("B12"));
    await click(find('[aria-label="Cell 1: L1"]'));
    expect(labelled("Heads").tagName).toBe("OUTPUT");
    expect(labelled("Heads").textContent).toContain("no effect: there is nothing to share");
    await choose(find<HTMLSelectElement>(".al-place select"), "options");
    expect(labelled("Heads").tagName).toBe("INPUT");
  });

  it("fold away the least special group until something is set there", async () => {
    await show(hostOf());
    await click(node("B12"));
    const groups = () => [...element.querySelectorAll<HTMLDetailsElement>(".al-options .al-group")];
    expect(groups().map((group) => group.open)).toEqual([true, true, false]);
    await act(async () => fireEvent.change(find(".al-place select"), { target: { value: "cell" } }));
    await type(labelled("Drop path") as HTMLInputElement, "0.5");
    expect(groups().map((group) => group.open)).toEqual([true, true, true]);
  });
});

describe("the palette", () => {
  it("finds cells by what they are about, and Enter takes the first", async () => {
    const host = hostOf();
    await show(host);
    await click(node("B11"));
    const search = find<HTMLInputElement>('[aria-label="Find a cell"]');
    const shown = () => [...element.querySelectorAll(".al-palette-group .al-cell")].map((e) => e.textContent);
    expect(shown()).toHaveLength(answers.catalog.cells.length);
    await type(search, "swin");
    expect(shown().length).toBeLessThan(5);
    const [first] = shown();
    await press(search, "Enter");
    expect(getAt(specOf(host) as Json, ["blocks", "B11"])).toBe(`C2${first}`);
    await type(search, "zebra");
    expect(find(".al-palette-hint").textContent).toBe("No cell is about that.");
  });

  it("opens the page of a code: words, formula, picture, source", async () => {
    const catalog = structuredClone(answers.catalog);
    for (const cell of catalog.cells) if (cell.code === "L1") cell.page.formula = "y   = softmax(q k) v   # over keys";
    const plain = answering();
    const asked = vi.fn();
    const answer: Answer = (op, payload, on) => {
      if (op === "catalog") return catalog;
      if (op !== "picture") return plain(op, payload, on);
      asked(payload.code, payload.theme);
      return { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>' };
    };
    await show(hostOf({ answer }));
    await click(node("B11"));
    const cell = [...element.querySelectorAll(".al-palette .al-cell")].find((e) => e.textContent === "L1") as Element;
    await act(async () => fireEvent.mouseEnter(cell));
    await act(async () => fireEvent.mouseOver(cell));
    await click(buttonOf("about L1"));
    const page = find(".al-palette-page");
    expect(page.querySelector(".al-page-lines li")?.textContent).toBe("y = softmax(q k) v over keys");
    expect(page.querySelector("img")?.getAttribute("src")).toMatch(/^data:image\/svg\+xml;utf8,%3Csvg/);
    expect(page.textContent).toContain("SNRAware");
    expect(asked).toHaveBeenCalledWith("L1", "light");
    await click(buttonOf("less"));
    await click(buttonOf("about L1"));
    expect(asked).toHaveBeenCalledOnce();
  });

  it("has a page without a picture where nobody draws one", async () => {
    await show(hostOf());
    await click(node("B12"));
    const about = find<HTMLDetailsElement>(".al-about");
    await act(async () => {
      about.open = true;
      fireEvent(about, new Event("toggle"));
      await settled();
    });
    expect(find(".al-options .al-page").textContent).toContain("Source");
    expect(element.querySelector(".al-page img")).toBeNull();
  });
});

describe("a link", () => {
  const carrier = answers.catalog.links.find((kind) => kind.carries_cells)?.type ?? "";
  const id = GOOD.graph?.links.find((l) => l.steps > 0)?.id ?? "";
  const spec = { ...SPEC, links: { [id]: { kind: carrier, cells: "C2" } } };
  const reply = structuredClone(GOOD);
  for (const one of reply.graph?.links ?? [])
    if (one.id === id) Object.assign(one, { kind: carrier, values: { cells: "C2" } });
  const wrong = {
    ...reply,
    diagnostics: [
      {
        code: "AL022",
        severity: "error",
        path: `$.links.${id}.cells`,
        node: id,
        message: "No.",
        hint: "",
        span: [2, 4],
      },
    ],
  };
  const answer = answering(
    ({ spec: now }) => (getAt(now as Json, ["links", id, "cells"]) === "C2X9" ? wrong : reply) as CheckReply,
  );

  it("that carries cells shows and edits them as a block does", async () => {
    const host = hostOf({ content: { kind: "spec", spec }, answer });
    await show(host);
    expect(link(id).querySelector(".al-wire-label")?.textContent).toBe("C2");
    expect(link(id).getAttribute("aria-label")).toContain("cells C2");
    await click(link(id));
    await type(find<HTMLInputElement>(`[aria-label="Cells of ${id}"]`), "C2X9");
    expect(find('.al-celltext-marks [data-severity="error"]').textContent).toBe("X9");
    await type(find<HTMLInputElement>(`[aria-label="Cells of ${id}"]`), "C2");
    await click([...element.querySelectorAll(".al-palette .al-cell")].find((e) => e.textContent === "T1") as Element);
    expect(getAt(specOf(host) as Json, ["links", id, "cells"])).toBe("C2T1");
  });

  it("takes options for itself or for all of its kind", async () => {
    const host = hostOf({ content: { kind: "spec", spec }, answer });
    await show(host);
    await click(link(id));
    await choose(labelled("Mode") as HTMLSelectElement, "nearest");
    expect(getAt(specOf(host) as Json, ["links", id, "mode"])).toBe("nearest");
    await choose(find<HTMLSelectElement>(".al-place select"), "kind");
    await choose(labelled("Mode") as HTMLSelectElement, "spline");
    expect(getAt(specOf(host) as Json, ["link_options", carrier])).toEqual({ mode: "spline" });
  });

  it("is marked and explained where the document chose its kind, switched it off or added it", async () => {
    const [off, extra] = (reply.graph?.links ?? []).filter((l) => l.id !== id);
    const marked = structuredClone(reply);
    for (const one of marked.graph?.links ?? []) {
      if (one.id === off?.id) one.off = true;
      if (one.id === extra?.id) one.derived = false;
    }
    await show(hostOf({ content: { kind: "spec", spec }, answer: answering(() => marked) }));
    expect(link(id).querySelector(".al-wire-kind")).not.toBeNull();
    expect(link(off?.id ?? "").querySelector(".al-wire-cross")).not.toBeNull();
    expect(link(extra?.id ?? "").querySelector(".al-wire-added")).not.toBeNull();
    const legend = find(".al-legend").textContent;
    for (const words of ["switched off", "added link", "kind chosen here"]) expect(legend).toContain(words);
  });

  it("without marks leaves them out of the legend", async () => {
    await show(hostOf());
    expect(find(".al-legend").textContent).not.toMatch(/switched off|added link|kind chosen/);
  });
});

describe("the original that a document follows", () => {
  it("is chosen by its title, and shown on the canvas", async () => {
    const host = hostOf();
    await show(host);
    expect(element.querySelector(".al-compat")).toBeNull();
    const [known] = answers.catalog.compat;
    await choose(labelled("Original") as HTMLSelectElement, known?.name ?? "");
    expect(specOf(host)?.compat).toBe(known?.name);
    await click(node("B11"));
    await click(find(".al-compat"));
    expect(find(".al-compat").textContent).toBe(known?.title);
    await choose(labelled("Original") as HTMLSelectElement, "");
    expect(specOf(host)?.compat).toBeUndefined();
  });
});

describe("many templates", () => {
  const [base] = answers.templates as unknown as Template[];
  const many = Array.from({ length: 20 }, (_, i) => ({
    ...base,
    name: `t${i}`,
    title: `Number ${i}`,
    group: i < 12 ? "Small ones" : "Large ones",
    source: i === 15 ? "Somebody 2021" : "",
  }));
  const plain = answering();
  const answer: Answer = (op, payload, on) => (op === "templates" ? many : plain(op, payload, on));

  it("stand in groups and are found by typing; Enter takes the first", async () => {
    const host = hostOf({ content: { kind: "empty" }, answer });
    await show(host);
    expect([...element.querySelectorAll(".al-templates h3")].map((h) => h.textContent)).toEqual([
      "Small ones",
      "Large ones",
    ]);
    const search = find<HTMLInputElement>('[aria-label="Find a template"]');
    await type(search, "somebody");
    expect([...element.querySelectorAll(".al-card b")].map((b) => b.textContent)).toEqual(["Number 15"]);
    expect(find('.al-templates [role="status"]').textContent).toBe("1 of 20");
    await press(search, "Enter");
    expect(host.document.get().kind).toBe("spec");
  });
});

describe("runs", () => {
  it.each([
    ["train", "Train"],
    ["profile", "Profile"],
  ])("wait for the first answer about the document: %s", async (tab, label) => {
    const start = () => find<HTMLButtonElement>(".al-run [data-main]");
    const plain = answering();
    let first: (reply: CheckReply) => void = () => {};
    const answer: Answer = (op, payload, on) =>
      op === "check" ? new Promise((resolve) => (first = resolve)) : plain(op, payload, on);
    await show(hostOf({ status: { kernel: "ready" }, answer }));
    await click(find(`[data-tab="${tab}"]`));
    expect(start().textContent?.trim()).toBe(label);
    expect(start().disabled).toBe(true);
    expect(start().title).toContain("being checked");
    await act(async () => {
      first({ ...GOOD, rev: 1 });
      await settled();
    });
    expect(start().disabled).toBe(false);
    expect(start().title).toBe("");
  });
});
