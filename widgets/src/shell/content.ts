/**
 * Text of a file <-> content of an editor. Reading is as strict as Python's `archlab.document.reading` about the frame, so
 * that nothing which an edit would silently lose is ever opened as a document; writing gives the same canonical text
 * as `archlab.document.writing` without asking anyone.
 */
import type { Content } from "../core/host.js";
import { keepsNumber } from "../core/model/numbers.js";
import type { Json, JsonObject, Spec } from "../core/model/spec.js";

const FORMAT = "archlab/1";
const MAX_BYTES = 1 << 20;
const MAX_NESTING = 64;
const WIDTH = 100;
const ORDER = [
  "format",
  "name",
  "compat",
  "input",
  "layout",
  "cells",
  "options",
  "code_options",
  "blocks",
  "link_options",
  "links",
  "stem",
  "head",
];
/** In each part of a document: the fields that come first; all others follow in order of their names. */
const FIRST: { [part: string]: string[] } = {
  input: ["channels", "size"],
  layout: ["type"],
  stem: ["type"],
  head: ["type"],
};
const BLOCK = ["cells", "options", "dense", "channels", "checkpoint"];
const LINK = ["kind", "off"];
const LEFT_OUT_WHEN_EMPTY = new Set(["options", "code_options", "blocks", "link_options", "links"]);

/** The content that a file's text stands for. */
export function readContent(text: string): Content {
  const body = text.replace(/^\uFEFF/, "");
  if (body.trim() === "") return { kind: "empty" };
  if (body.length > MAX_BYTES || new TextEncoder().encode(body).length > MAX_BYTES) return { kind: "text", text };
  let value: Json;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: "text", text };
  }
  if (!isObject(value)) return { kind: "text", text };
  if (Object.keys(value).length === 0) return { kind: "empty" };
  if (value.format !== FORMAT || !survives(body)) return { kind: "text", text };
  return { kind: "spec", spec: value };
}

/** The text of a file for that content. */
export function writeContent(content: Content): string {
  if (content.kind === "empty") return "";
  return content.kind === "text" ? content.text : writeSpec(content.spec);
}

/** The canonical text: fixed order of fields, short things on one line, a newline at the end. */
export function writeSpec(spec: Spec): string {
  return `${layOut(canonical(spec), "", 0)}\n`;
}

/**
 * False when `JSON.parse` keeps less than the text says: a key twice in one object, a nesting that no document has, or
 * a number that would be written as another. `text` is sound JSON.
 */
function survives(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]|-?\d[\d.eE+-]*/g;
  for (const match of text.matchAll(tokens)) {
    const token = match[0];
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > MAX_NESTING) return false;
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (match[1] !== undefined) {
      const key: string = JSON.parse(token.slice(0, token.length - match[1].length));
      const keys = open.at(-1);
      if (keys?.has(key)) return false;
      keys?.add(key);
    } else if (!token.startsWith('"') && !keepsNumber(token)) {
      return false;
    }
  }
  return true;
}

function canonical(spec: Spec): JsonObject {
  const known = ORDER.filter((key) => key in spec);
  const rest = Object.keys(spec).filter((key) => !ORDER.includes(key));
  const result: JsonObject = {};
  for (const key of [...known, ...rest]) {
    const value = spec[key] as Json;
    if (LEFT_OUT_WHEN_EMPTY.has(key) && isObject(value) && Object.keys(value).length === 0) continue;
    if ((key === "head" || key === "compat") && value === null) continue;
    if (key === "blocks") put(result, key, entries(value, BLOCK));
    else if (key === "links") put(result, key, entries(value, LINK));
    else put(result, key, ordered(value, FIRST[key]));
  }
  return result;
}

/** Blocks or links: by name, each with its own fields in order. */
function entries(value: Json, first: string[]): Json {
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const name of Object.keys(value).sort(byCodePoint)) put(result, name, ordered(value[name] as Json, first));
  return result;
}

/** The value with the keys of every object in order: those of `first`, then the others by name. */
function ordered(value: Json, first: string[] = ["code"]): Json {
  if (Array.isArray(value)) return value.map((entry) => ordered(entry));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  const rest = Object.keys(value).filter((key) => !first.includes(key));
  for (const key of [...first.filter((key) => Object.hasOwn(value, key)), ...rest.sort(byCodePoint)])
    put(result, key, ordered(value[key] as Json));
  return result;
}

/** As Python sorts: by code points, where JavaScript's own order goes by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** A plain assignment to `__proto__` would set the prototype and lose the entry. */
function put(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function layOut(value: Json, indent: string, used: number): string {
  const flat = flatten(value);
  if (typeof value !== "object" || value === null) return flat;
  const entries = Object.entries(value);
  if (entries.length === 0 || (indent !== "" && indent.length + used + [...flat].length <= WIDTH)) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const rows = value.map((entry) => inner + layOut(entry, inner, 0));
    return `[\n${rows.join(",\n")}\n${indent}]`;
  }
  const rows = entries.map(([key, entry]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${inner}${name}${layOut(entry, inner, [...name].length)}`;
  });
  return `{\n${rows.join(",\n")}\n${indent}}`;
}

function flatten(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flatten).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${flatten(entry)}`);
  return `{${entries.join(", ")}}`;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
