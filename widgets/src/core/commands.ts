/** Every edit and action, in one table: toolbar, shortcuts, and the menus of a shell are made from it. */
import { MAX_LEVELS, MAX_STAGES } from "../generated/constants.js";
import type { Editor } from "./editor.js";
import type { EditorHandle } from "./host.js";
import { clearBlocks } from "./model/clipboard.js";
import { isOverridden, setLinkField, setValue } from "./model/edits.js";
import { getAt, isObject } from "./model/json.js";
import { focusOf, NOTHING } from "./model/selection.js";
import type { GraphLink, GraphNode, GrowthAxis, Json } from "./model/spec.js";
import type { Panel } from "./state.js";

export interface Command {
  id: string;
  label: string;
  keys: readonly string[];
  /** Where the keys count: anywhere in the editor, or only on the canvas. */
  scope: "editor" | "canvas";
  icon?: string;
  when(editor: Editor): boolean;
  run(editor: Editor): void;
}

export function selectedNodes(editor: Editor): GraphNode[] {
  const { selection, picture } = editor.state;
  if (selection.kind !== "nodes" || !picture) return [];
  return selection.ids.flatMap((id) => picture.graph.nodes.find((node) => node.id === id) ?? []);
}

export function selectedLink(editor: Editor): GraphLink | undefined {
  const { selection, picture } = editor.state;
  return selection.kind === "link" ? picture?.graph.links.find((link) => link.id === selection.id) : undefined;
}

/** The axis that "add level" or "add stage" moves; falls back on the catalog while nobody answers. */
export function axisOf(editor: Editor, which: "level" | "stage"): GrowthAxis | null {
  const { growth, catalog } = editor.state;
  const layout = getAt(editor.spec ?? undefined, ["layout"]);
  if (!isObject(layout)) return null;
  const part = catalog?.layouts.get(String(layout.type));
  const field = part ? (which === "level" ? part.level_field : part.stage_field) : growth?.[which]?.field;
  if (!field) return null;
  const known = growth?.[which]?.field === field ? growth[which] : null;
  const own = layoutField(editor, field);
  const listed = Array.isArray(own);
  const value = listed ? own.length : typeof own === "number" ? own : known?.value;
  if (value === undefined || (listed && value === 0)) return null;
  return {
    field,
    listed,
    value,
    min: known?.min ?? 1,
    max: known?.max ?? (which === "level" ? MAX_LEVELS : MAX_STAGES),
  };
}

/** A field of the layout as the document has it, or its default. */
function layoutField(editor: Editor, field: string): Json | undefined {
  const layout = getAt(editor.spec ?? undefined, ["layout"]);
  if (!isObject(layout)) return undefined;
  return layout[field] ?? editor.state.catalog?.layouts.get(String(layout.type))?.schema.properties?.[field]?.default;
}

function grows(editor: Editor, which: "level" | "stage", by: number): boolean {
  const axis = axisOf(editor, which);
  return axis !== null && editable(editor) && axis.value + by >= axis.min && axis.value + by <= axis.max;
}

function grow(editor: Editor, which: "level" | "stage", by: number): void {
  const axis = axisOf(editor, which);
  if (!axis) return;
  const names = {
    level: { 1: "Added a level", [-1]: "Removed a level" },
    stage: { 1: "Added a stage", [-1]: "Removed a stage" },
  };
  const label = (names[which] as Record<number, string>)[by] ?? "";
  const own = layoutField(editor, axis.field);
  const next = Array.isArray(own) ? resized(own, axis.value + by) : axis.value + by;
  editor.apply(editor.t(label), (spec) => setValue(spec, ["layout", axis.field], next));
}

/** A list cut to a length, or filled up with its last entry. */
function resized(list: readonly Json[], length: number): Json[] {
  return Array.from({ length }, (_, index) => list[Math.min(index, list.length - 1)] ?? null);
}

export function editable(editor: Editor): boolean {
  return editor.state.content.kind === "spec" && !editor.host.document.readOnly;
}

function clearable(editor: Editor): boolean {
  const spec = editor.spec;
  if (!spec || !editable(editor)) return false;
  const link = selectedLink(editor);
  if (link) return getAt(spec, ["links", link.id]) !== undefined;
  return selectedNodes(editor).some((node) => isOverridden(spec, node.id));
}

function clear(editor: Editor): void {
  const link = selectedLink(editor);
  if (link) {
    const label = editor.t(link.derived ? "Reset the link" : "Removed the link");
    editor.apply(`${label} ${link.id}`, (spec) => setValue(spec, ["links", link.id], undefined));
    return;
  }
  const ids = selectedNodes(editor).map((node) => node.id);
  editor.apply(`${editor.t("Reset")} ${ids.join(", ")}`, (spec) => clearBlocks(spec, ids));
}

export function toggleLink(editor: Editor, link: GraphLink): void {
  const now = getAt(editor.spec ?? undefined, ["links", link.id, "off"]) === true;
  const label = `${editor.t(now ? "Switched on" : "Switched off")} ${link.id}`;
  editor.apply(label, (spec) => setLinkField(spec, link.id, "off", now ? undefined : true));
}

function panel(id: Panel, label: string, keys: string[]): Command {
  return {
    id: `panel-${id}`,
    label,
    keys,
    scope: "editor",
    when: (editor) => editor.state.content.kind === "spec",
    run: (editor) => editor.openPanel(id),
  };
}

const always = () => true;
const hasDocument = (editor: Editor) => editor.state.content.kind === "spec";
const hasPicture = (editor: Editor) => editor.state.picture !== null;

export const COMMANDS: readonly Command[] = [
  { id: "undo", label: "Undo", keys: ["Mod+Z"], scope: "editor", when: (e) => e.canUndo, run: (e) => e.undo() },
  {
    id: "redo",
    label: "Redo",
    keys: ["Mod+Shift+Z", "Mod+Y"],
    scope: "editor",
    when: (e) => e.canRedo,
    run: (e) => e.redo(),
  },
  {
    id: "add-level",
    label: "Add level",
    keys: ["Alt+ArrowDown"],
    scope: "canvas",
    when: (e) => grows(e, "level", 1),
    run: (e) => grow(e, "level", 1),
  },
  {
    id: "remove-level",
    label: "Remove level",
    keys: ["Alt+ArrowUp"],
    scope: "canvas",
    when: (e) => grows(e, "level", -1),
    run: (e) => grow(e, "level", -1),
  },
  {
    id: "add-stage",
    label: "Add stage",
    keys: ["Alt+ArrowRight"],
    scope: "canvas",
    when: (e) => grows(e, "stage", 1),
    run: (e) => grow(e, "stage", 1),
  },
  {
    id: "remove-stage",
    label: "Remove stage",
    keys: ["Alt+ArrowLeft"],
    scope: "canvas",
    when: (e) => grows(e, "stage", -1),
    run: (e) => grow(e, "stage", -1),
  },
  { id: "fit", label: "Fit to window", keys: ["F", "Mod+0"], scope: "canvas", when: hasPicture, run: (e) => e.fit() },
  {
    id: "edit-text",
    label: "Edit cells",
    keys: ["Enter", "F2"],
    scope: "canvas",
    when: (e) => e.state.selection.kind !== "none",
    run: (e) => {
      e.openPanel("inspect");
      setTimeout(() => e.editText());
    },
  },
  {
    id: "reset",
    label: "Reset to the layout's own",
    keys: ["Delete", "Backspace"],
    scope: "canvas",
    when: clearable,
    run: clear,
  },
  {
    id: "toggle-link",
    label: "Switch link off or on",
    keys: ["Space"],
    scope: "canvas",
    when: (e) => editable(e) && selectedLink(e) !== undefined,
    run: (e) => {
      const link = selectedLink(e);
      if (link) toggleLink(e, link);
    },
  },
  {
    id: "select-all",
    label: "Select all blocks",
    keys: ["Mod+A"],
    scope: "canvas",
    when: hasPicture,
    run: (e) => {
      const ids = e.state.picture?.graph.nodes.filter((n) => n.kind === "block").map((n) => n.id) ?? [];
      const focus = focusOf(e.state.selection);
      if (ids.length)
        e.select({
          kind: "nodes",
          ids: focus && ids.includes(focus) ? [...ids.filter((i) => i !== focus), focus] : ids,
        });
    },
  },
  {
    id: "deselect",
    label: "Select the document",
    keys: ["Escape"],
    scope: "canvas",
    when: (e) => e.state.selection.kind !== "none",
    run: (e) => e.select(NOTHING),
  },
  {
    id: "templates",
    label: "New from template",
    keys: [],
    scope: "editor",
    when: (e) => !e.host.document.readOnly,
    run: (e) => e.store.set({ choosing: true }),
  },
  panel("inspect", "Show the editing panel", ["Alt+1"]),
  panel("problems", "Show problems", ["Alt+2"]),
  panel("outline", "Show outline", ["Alt+3"]),
  panel("profile", "Show profile", ["Alt+4"]),
  panel("train", "Show training", ["Alt+5"]),
  {
    id: "toggle-panel",
    label: "Show or hide the side panel",
    keys: ["Mod+."],
    scope: "editor",
    when: hasDocument,
    run: (e) => e.store.set({ panelOpen: !e.state.panelOpen }),
  },
  {
    id: "focus-canvas",
    label: "Go to the lattice",
    keys: ["Alt+0"],
    scope: "editor",
    when: always,
    run: (e) => e.focusCanvas(),
  },
];

export function command(id: string): Command {
  const found = COMMANDS.find((c) => c.id === id);
  if (!found) throw new Error(`There is no command "${id}".`);
  return found;
}

/** What a shell gets to make its menus from. */
export function handleOf(editor: Editor, focus: () => void): EditorHandle {
  return {
    commands: COMMANDS.map(({ id, label, keys }) => ({ id, label: editor.t(label), keys })),
    isEnabled: (id) => COMMANDS.some((c) => c.id === id && c.when(editor)),
    run: (id) => {
      const found = COMMANDS.find((c) => c.id === id);
      if (found?.when(editor)) found.run(editor);
    },
    onChange: (callback) => editor.store.subscribe(callback),
    focus,
  };
}
