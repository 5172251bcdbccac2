/**
 * Changes of a document: pure functions Spec -> Spec. They know the document's keys, not its vocabulary, and accept
 * whatever a broken document holds.
 */
import { equal, getAt, isObject, removeAt, type Step, setAt } from "./json.js";
import type { Json, JsonObject, Spec } from "./spec.js";

export const WORD = 2; // characters of a code in a cell string

/** Sets the value at a path; undefined removes it and what is empty afterwards. */
export function setValue(spec: Spec, path: readonly Step[], value: Json | undefined): Spec {
  return (value === undefined ? removeAt(spec, path) : setAt(spec, path, value)) as Spec;
}

/** The words of a cell string; the last may be shorter. */
export function words(text: string): string[] {
  const result: string[] = [];
  for (let at = 0; at < text.length; at += WORD) result.push(text.slice(at, at + WORD));
  return result;
}

function entryCode(entry: Json | undefined): string {
  if (typeof entry === "string") return entry;
  return isObject(entry) && typeof entry.code === "string" ? entry.code : "";
}

/** The text of what `blocks`, `cells` or a block's `cells` hold. */
export function cellsText(cells: Json | undefined): string {
  if (typeof cells === "string") return cells;
  return Array.isArray(cells) ? cells.map(entryCode).join("") : "";
}

/** The text of a block as this document overrides it, undefined where it does not. */
export function blockText(spec: Spec, id: string): string | undefined {
  const block = getAt(spec, ["blocks", id]);
  if (block === undefined) return undefined;
  if (isObject(block)) return block.cells === undefined ? undefined : cellsText(block.cells);
  return cellsText(block);
}

/** Cells with another text: entries that carry parameters keep them where their code stays in place. */
export function withText(cells: Json | undefined, text: string): Json {
  if (!Array.isArray(cells) || cells.every((entry) => typeof entry === "string" && entry.length === WORD)) return text;
  const next = words(text);
  if (next.some((word) => word.length < WORD)) return text;
  let head = 0;
  while (head < Math.min(next.length, cells.length) && entryCode(cells[head]) === next[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(next.length, cells.length) - head &&
    entryCode(cells[cells.length - 1 - tail]) === next[next.length - 1 - tail]
  ) {
    tail++;
  }
  return tidyCells([
    ...cells.slice(0, head),
    ...next.slice(head, next.length - tail),
    ...cells.slice(cells.length - tail),
  ]);
}

/** A list without parameters becomes a string again. */
function tidyCells(cells: Json[]): Json {
  const plain = cells.map((entry) => (isObject(entry) && Object.keys(entry).length === 1 ? entryCode(entry) : entry));
  const whole = plain.every((entry) => typeof entry === "string" && entry.length === WORD);
  return whole && plain.length > 0 ? plain.join("") : plain;
}

/**
 * `base` is the block whose cells the typing began with, so that half-typed words lose nothing; all that the block says
 * besides its cells stays as it is now.
 */
export function setBlockText(spec: Spec, id: string, text: string, base: Json | undefined): Spec {
  const cells = withText(isObject(base) ? base.cells : base, text);
  const now = getAt(spec, ["blocks", id]);
  const alone = !isObject(now) || Object.keys(now).every((key) => key === "cells");
  return setAt(spec, ["blocks", id], alone ? cells : { ...now, cells }) as Spec;
}

function cellsOf(block: Json | undefined): Json | undefined {
  return isObject(block) ? block.cells : block;
}

/** The cells of blocks as a visit to their text found them, and as its last letter left them. */
export class TypingBase {
  private gesture = "";
  private from: Spec = {};
  private left: Spec = {};

  /** The document with another text for the blocks. Cells that were changed elsewhere meanwhile are a new beginning. */
  type(spec: Spec, ids: readonly string[], text: string, gesture: string): Spec {
    const held = (document: Spec) => ids.map((id) => cellsOf(getAt(document, ["blocks", id])) ?? null);
    if (this.gesture !== gesture || !equal(held(spec), held(this.left))) this.from = spec;
    this.gesture = gesture;
    this.left = ids.reduce((now, id) => setBlockText(now, id, text, getAt(this.from, ["blocks", id])), spec);
    return this.left;
  }
}

export function clearBlock(spec: Spec, id: string): Spec {
  return removeAt(spec, ["blocks", id]) as Spec;
}

/** Sets one field of one cell; undefined takes it away. `text` is the block's text where nothing overrides it yet. */
export function setCellField(
  spec: Spec,
  id: string,
  text: string,
  index: number,
  field: string,
  value: Json | undefined,
): Spec {
  const block = getAt(spec, ["blocks", id]);
  const held = isObject(block) ? block.cells : block;
  const entries: Json[] = Array.isArray(held) ? held.slice() : words(typeof held === "string" ? held : text);
  const entry = entries[index];
  if (entry === undefined) return spec;
  const params: JsonObject = isObject(entry) ? entry : { code: entryCode(entry) };
  entries[index] = setAt(params, [field], value);
  const cells = tidyCells(entries);
  return setAt(spec, ["blocks", id], isObject(block) ? { ...block, cells } : cells) as Spec;
}

/** Sets a field of the block itself (`dense`, `channels`, `options.x`); a block that says nothing else goes away. */
export function setBlockField(spec: Spec, id: string, path: readonly Step[], value: Json | undefined): Spec {
  const block = getAt(spec, ["blocks", id]);
  const object: JsonObject = isObject(block) ? block : block === undefined ? {} : { cells: block };
  const next = (value === undefined ? removeAt(object, path) : setAt(object, path, value)) as JsonObject;
  const keys = Object.keys(next);
  if (keys.length === 0) return clearBlock(spec, id);
  if (keys.length === 1 && next.cells !== undefined) return setAt(spec, ["blocks", id], next.cells) as Spec;
  return setAt(spec, ["blocks", id], next) as Spec;
}

/** Sets a field of a link's override; an override that says nothing goes away. */
export function setLinkField(spec: Spec, id: string, field: string, value: Json | undefined): Spec {
  return setValue(spec, ["links", id, field], value);
}

/** Sets or takes away an option of all cells at a level; the list of levels is as long as the last that says something. */
export function setLevelOption(spec: Spec, level: number, field: string, value: Json | undefined): Spec {
  const old = Array.isArray(spec.level_options) ? spec.level_options : [];
  const length = Math.max(old.length, level + 1);
  const grown = Array.from({ length }, (_, index) => (isObject(old[index]) ? old[index] : {}));
  const levels = setAt(grown, [level, field], value) as JsonObject[];
  while (levels.length > 0 && Object.keys(levels.at(-1) ?? {}).length === 0) levels.pop();
  return setValue(spec, ["level_options"], levels.length > 0 ? levels : undefined);
}

/** Another kind for a link, undefined = the one that the layout gives it: its fields go, being on or off stays. */
export function setLinkKind(spec: Spec, id: string, kind: string | undefined): Spec {
  const off = getAt(spec, ["links", id, "off"]);
  const next: JsonObject = {};
  if (kind !== undefined) next.kind = kind;
  if (off !== undefined) next.off = off;
  return setValue(spec, ["links", id], Object.keys(next).length ? next : undefined);
}

/** Replaces the part at a path (`stem`, `head`, `neck[1]`, `layout`) by one of another type; fields that both know keep their values. */
export function setPartType(spec: Spec, path: readonly Step[], type: string | null, fields: readonly string[]): Spec {
  if (type === null) return setAt(spec, path, null) as Spec;
  const old = getAt(spec, path);
  const kept: JsonObject = { type };
  if (isObject(old)) {
    for (const field of fields) if (old[field] !== undefined) kept[field] = old[field] as Json;
  }
  return setAt(spec, path, kept) as Spec;
}

/** The document says which kind the link is, so that it may differ from its neighbours. */
export function isChosen(spec: Spec, link: { id: string; derived: boolean }): boolean {
  return !link.derived || getAt(spec, ["links", link.id, "kind"]) !== undefined;
}

/** True when the document overrides anything about the node. */
export function isOverridden(spec: Spec, id: string): boolean {
  return getAt(spec, ["blocks", id]) !== undefined;
}
