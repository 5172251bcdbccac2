import { act, fireEvent } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { getAt } from "../../src/core/model/json.js";
import type { CheckReply, Json } from "../../src/core/model/spec.js";
import { answering, BAD, GOOD, hostOf, SPEC, settled, UNREADABLE } from "./helpers.js";
import { click, element, find, link, node, onPage, press, show, specOf, type } from "./page.js";

onPage();

describe("the lattice", () => {
  it("is a grid with one place in the tab order, and names what it shows", async () => {
    await show(hostOf());
    expect(element.querySelectorAll('[role="gridcell"]')).toHaveLength(GOOD.graph?.nodes.length ?? 0);
    expect(element.querySelectorAll('[data-id][tabindex="0"]')).toHaveLength(1);
    expect(node("B12").querySelector("title")?.textContent).toMatch(
      /Block B12, level 1, stage 2, cells L1 G1, shape 16 by 8 by 8/,
    );
    expect(link(GOOD.graph?.links.at(-1)?.id ?? "").getAttribute("aria-label")).toMatch(
      /Link .+ to .+, (up|down|same)/,
    );
  });

  it("moves with the arrow keys, edits with Enter, resets with Delete", async () => {
    const host = hostOf();
    await show(host);
    await click(node("B11"));
    await press(node("B11"), "ArrowRight");
    expect(document.activeElement).toBe(node("B12"));
    expect(node("B12").getAttribute("aria-selected")).toBe("true");
    await press(node("B12"), "Enter");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Cells of B12");
    await press(document.activeElement as Element, "Escape");
    expect(document.activeElement).toBe(node("B12"));
    await press(node("B12"), "Delete");
    expect(specOf(host)?.blocks).toBeUndefined();
    await press(node("B12"), "z", { ctrlKey: true });
    expect(specOf(host)).toEqual(SPEC);
  });

  it("reaches links by L and switches them by Space", async () => {
    const host = hostOf();
    await show(host);
    await click(node("B12"));
    await press(node("B12"), "l");
    const id = (document.activeElement as SVGElement).dataset.id ?? "";
    expect(id).toMatch(/>B12$/);
    await press(link(id), " ");
    expect(specOf(host)?.links).toEqual({ [id]: { off: true } });
    await press(link(id), "ArrowDown");
    expect((document.activeElement as SVGElement).dataset.id).not.toBe(id);
    await press(document.activeElement as Element, "ArrowRight");
    expect((document.activeElement as SVGElement).dataset.type).toBe("node");
  });

  it("opens the text of a selected block for the letter that is typed on it", async () => {
    const host = hostOf();
    await show(host);
    await click(find('[data-tab="outline"]'));
    await click(node("B12"));
    const before = fireEvent.keyDown(node("B12"), { key: "F" });
    expect(before).toBe(true); // not prevented: the browser writes the letter into what has the focus now
    const input = document.activeElement as HTMLInputElement;
    expect(input.getAttribute("aria-label")).toBe("Cells of B12");
    expect([input.selectionStart, input.selectionEnd]).toEqual([0, input.value.length]);
    await press(input, "Escape");
    await press(node("B12"), "l");
    expect((document.activeElement as SVGElement).dataset.type).toBe("link");
  });

  it("lets no bare key out, and does not hold back Ctrl+S", async () => {
    await show(hostOf());
    const outside = vi.fn();
    document.body.addEventListener("keydown", outside);
    for (const key of ["b", "d", "Enter", "Escape", "ArrowLeft", "Delete", "5"]) await press(node("B11"), key);
    for (const key of ["b", "x"]) await press(find("input"), key);
    expect(outside).not.toHaveBeenCalled();
    await press(node("B11"), "s", { ctrlKey: true });
    await press(node("B11"), "s", { metaKey: true });
    expect(outside).toHaveBeenCalledTimes(2);
    expect(outside.mock.calls.every(([event]) => !(event as KeyboardEvent).defaultPrevented)).toBe(true);
    document.body.removeEventListener("keydown", outside);
  });

  it("marks the focused element where the place would react first, and saves by itself there", async () => {
    const host = hostOf({ abilities: { suppressShortcuts: true } });
    const save = vi.fn();
    Object.assign(host, { save });
    await show(host);
    await act(async () => node("B11").focus());
    expect(node("B11").getAttribute("data-lm-suppress-shortcuts")).toBe("true");
    await press(node("B11"), "s", { ctrlKey: true });
    expect(save).toHaveBeenCalledOnce();
  });

  it("shows names with markup in them as text", async () => {
    const evil = '<img src=x onerror="alert(1)">';
    const graph = JSON.parse(
      JSON.stringify(GOOD.graph).replaceAll('"B11"', JSON.stringify(evil)),
    ) as CheckReply["graph"];
    const diagnostics = [{ ...(BAD.diagnostics[0] as object), message: evil, node: evil } as never];
    const spec = { ...SPEC, name: evil };
    await show(hostOf({ content: { kind: "spec", spec }, answer: answering(() => ({ ...GOOD, graph, diagnostics })) }));
    await click(find('[data-tab="problems"]'));
    expect(element.querySelector("img")).toBeNull();
    expect(element.textContent).toContain(evil);
  });
});

describe("the inspector", () => {
  it("keeps cell text as typed and marks what is wrong with it", async () => {
    const host = hostOf({
      answer: answering(({ spec }) => (getAt(spec as Json, ["blocks", "B12"]) === "C2X" ? BAD : GOOD)),
    });
    await show(host);
    await click(node("B12"));
    const input = find<HTMLInputElement>('[aria-label="Cells of B12"]');
    await type(input, "C2X");
    expect(getAt(specOf(host) as Json, ["blocks", "B12"])).toBe("C2X");
    expect(input.value).toBe("C2X");
    expect(input.getAttribute("aria-invalid")).toBe("true");
    expect(find('.al-celltext-marks [data-severity="error"]').textContent).toBe("X");
    expect(find(".al-reasons").textContent).toContain("half a code");
    expect(node("B12").dataset.severity).toBe("error");
  });

  it("puts a cell of the palette at the caret, as one step", async () => {
    const host = hostOf();
    await show(host);
    await click(node("B11"));
    const input = find<HTMLInputElement>('[aria-label="Cells of B11"]');
    await type(input, "C2L1");
    input.focus();
    input.setSelectionRange(2, 2);
    await act(async () => fireEvent.select(input));
    await click([...element.querySelectorAll(".al-palette .al-cell")].find((e) => e.textContent === "G1") as Element);
    expect(getAt(specOf(host) as Json, ["blocks", "B11"])).toBe("C2G1L1");
    await press(input, "z", { ctrlKey: true });
    expect(getAt(specOf(host) as Json, ["blocks", "B11"])).toBe("C2L1");
  });

  it("keeps text that is no value, lists it, and takes it over once it is one", async () => {
    const host = hostOf();
    await show(host);
    const label = [...element.querySelectorAll("label")].find((e) => e.textContent === "Size") as HTMLLabelElement;
    const input = document.getElementById(label.htmlFor) as HTMLInputElement;
    await type(input, "16, many");
    expect(specOf(host)).toEqual(SPEC);
    await act(async () => fireEvent.blur(input));
    expect(input.value).toBe("16, many");
    await click(find('[data-tab="problems"]'));
    expect(find(".al-problems").textContent).toContain("16, many");
    await click(find('[data-tab="inspect"]'));
    const again = [...element.querySelectorAll("input")].find((e) => e.value === "16, many") as HTMLInputElement;
    await type(again, "16, 32");
    expect(getAt(specOf(host) as Json, ["input", "size"])).toEqual([16, 32]);
  });

  it("sets an option at the place that was chosen, and shows where the value comes from", async () => {
    const host = hostOf();
    await show(host);
    await click(node("B12"));
    await click(find('[aria-label="Cell 2: G1"]'));
    const heads = () => {
      const label = [...element.querySelectorAll(".al-options label")].find((e) => e.textContent === "Heads");
      return document.getElementById((label as HTMLLabelElement).htmlFor) as HTMLInputElement;
    };
    expect(heads().value).toBe("2");
    await act(async () => fireEvent.change(find(".al-place select"), { target: { value: "code" } }));
    expect(heads().value).toBe("");
    await type(heads(), "4");
    expect(getAt(specOf(host) as Json, ["code_options", "G1", "heads"])).toBe(4);
  });

  it("changes the kind of a link and takes the change back", async () => {
    const host = hostOf();
    await show(host);
    const id = GOOD.graph?.links.find((l) => l.steps > 0)?.id ?? "";
    await click(link(id));
    const select = find<HTMLSelectElement>('[data-field="kind"]');
    const other = [...select.options].find((o) => o.value !== select.value)?.value ?? "";
    await act(async () => {
      fireEvent.change(select, { target: { value: other } });
      await settled();
    });
    expect(getAt(specOf(host) as Json, ["links", id])).toEqual({ kind: other });
    await press(link(id), "Delete");
    expect(specOf(host)?.links).toBeUndefined();
  });
});

describe("other faces", () => {
  it("offer templates for an empty document; choosing one is a step", async () => {
    const host = hostOf({ content: { kind: "empty" } });
    await show(host);
    expect(element.textContent).toContain("What do you want to build?");
    await click(find(".al-card"));
    expect(host.document.get().kind).toBe("spec");
    await press(find(".archlab"), "z", { ctrlKey: true });
    expect(host.document.get().kind).toBe("empty");
  });

  it("repair a file that is no document without rewriting it", async () => {
    const text = '{"format": "archlab/1", oops';
    const host = hostOf({ content: { kind: "text", text } });
    await show(host);
    expect(find<HTMLTextAreaElement>("textarea").value).toBe(text);
    expect(find(".al-problems").textContent).toContain(UNREADABLE.diagnostics[0]?.message);
    expect(host.changes).toEqual([]);
    await act(async () => {
      fireEvent.change(find("textarea"), { target: { value: `${text}!` } });
      await settled();
    });
    expect(host.document.get()).toEqual({ kind: "text", text: `${text}!` });
  });

  it("stand in for the lattice when nobody answers", async () => {
    const host = hostOf({ status: { check: "absent", message: "The server has no archlab." } });
    await show(host);
    expect(element.textContent).toContain("The server has no archlab.");
    await act(async () => {
      host.setStatus({ check: "ready" });
      await settled();
    });
    expect(element.querySelectorAll('[role="gridcell"]').length).toBeGreaterThan(0);
  });

  it("offer to reconnect when the kernel is gone", async () => {
    const host = hostOf({ status: { kernel: "dead" } });
    await show(host);
    await click([...element.querySelectorAll("button")].find((b) => b.textContent === "Reconnect") as Element);
    expect(host.status.kernel).toBe("ready");
    expect(element.textContent).not.toContain("Reconnect");
  });

  it("do not praise a document that nobody has checked", async () => {
    const plain = answering();
    await show(
      hostOf({ answer: (op, payload, on) => (op === "check" ? new Promise(() => {}) : plain(op, payload, on)) }),
    );
    expect(find(".al-status").textContent).toBe("Not checked yet");
    await click(find('[data-tab="problems"]'));
    expect(element.textContent).not.toContain("builds as it stands");
  });

  it("say what is wrong with a document of which no lattice can be drawn", async () => {
    const host = hostOf({ answer: answering(() => ({ ...BAD, graph: null, estimate: null })) });
    await show(host);
    expect(find(".al-repair h2").textContent).toBe("This document cannot be drawn");
    expect(find(".al-problems").textContent).toContain(BAD.diagnostics[0]?.message);
    expect(element.querySelector(".al-repair [data-main]")).toBeNull();
  });

  it("give each input of a fusion its share, and say where it is one of energy", async () => {
    const plain = answering();
    const links = [
      { id: "B01>F0", share: 0.02 },
      { id: "B02>F0", share: 0.98 },
    ];
    await show(
      hostOf({
        status: { kernel: "ready" },
        answer: (op, payload, onEvent) => {
          if (op !== "train") return plain(op, payload, onEvent);
          onEvent({ type: "started", steps: 9 }, []);
          onEvent({ type: "captured", step: 1, features: [], shares: [{ node: "F0", view: "energy", links }] }, []);
          return new Promise(() => {});
        },
      }),
    );
    await click(find('[data-tab="train"]'));
    await click(find(".al-run [data-main]"));
    expect(find(".al-fusions small").textContent).toBe("B01 2.0 %B02 98.0 %by energy");
  });

  it("tell a few of the problems that one field makes, and how many more there are", async () => {
    const one = { ...BAD.diagnostics[0], path: "$.layout.channels", span: null } as CheckReply["diagnostics"][0];
    const diagnostics = Array.from({ length: 600 }, (_, i) => ({ ...one, node: `B${i}` }));
    await show(hostOf({ answer: answering(() => ({ ...GOOD, diagnostics })) }));
    const notes = [...element.querySelectorAll(".al-field-note")].find((e) => e.children.length > 1) as Element;
    expect(notes.children).toHaveLength(4);
    expect(notes.lastElementChild?.textContent).toBe("and 597 more, see Problems");
  });

  it("save weights under a name, replace a file only when asked, and say where they are", async () => {
    const asked: unknown[] = [];
    const plain = answering();
    await show(
      hostOf({
        status: { kernel: "ready" },
        abilities: { saveWeights: true },
        answer: (op, payload, onEvent) => {
          if (op === "control") {
            asked.push(payload);
            return { path: "/files/w.safetensors", bytes: 1 };
          }
          if (op !== "train") return plain(op, payload, onEvent);
          onEvent({ type: "job", job: "train-1" }, []);
          onEvent({ type: "finished", steps: 1 }, []);
          return null;
        },
      }),
    );
    await click(find('[data-tab="train"]'));
    await click(find(".al-run [data-main]"));
    await type(find(".al-save input"), "w");
    await click(find(".al-save button"));
    expect(asked).toEqual([{ job: "train-1", action: "save_weights", path: "w" }]);
    expect(find(".al-save code").textContent).toBe("/files/w.safetensors");
    await click(find('.al-save input[type="checkbox"]'));
    await click(find(".al-save button"));
    expect(asked.at(-1)).toEqual({ job: "train-1", action: "save_weights", path: "w", overwrite: true });
    expect(find<HTMLInputElement>('.al-save input[type="checkbox"]').checked).toBe(false);
  });

  it("list every node in the outline", async () => {
    await show(hostOf());
    await click(find('[data-tab="outline"]'));
    expect(element.querySelectorAll(".al-outline tbody tr")).toHaveLength(GOOD.graph?.nodes.length ?? 0);
    await act(async () => fireEvent.change(find('input[type="search"]'), { target: { value: "g1" } }));
    expect(element.querySelectorAll(".al-outline tbody tr")).toHaveLength(1);
  });
});
